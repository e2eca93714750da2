// Prints the diagnostics of yaml-language-server, one per line, and fails if there are any. A file names its schema.
const { readFileSync } = require('node:fs');
const { pathToFileURL } = require('node:url');
const { getLanguageService } = require('yaml-language-server');
const { TextDocument } = require('vscode-languageserver-textdocument');

const service = getLanguageService({
    schemaRequestService: async (uri) => readFileSync(new URL(uri), 'utf8'),
    workspaceContext: { resolveRelativePath: (relative, base) => new URL(relative, base).href },
});
service.configure({ validate: true, schemas: [] });

async function main(files) {
    for (const file of files) {
        const text = readFileSync(file, 'utf8');
        const document = TextDocument.create(pathToFileURL(file).href, 'yaml', 1, text);
        for (const { message, range } of await service.doValidation(document, false)) {
            process.exitCode = 1;
            console.log(`${file}:${range.start.line + 1}: ${message}`);
        }
    }
}

main(process.argv.slice(2));
