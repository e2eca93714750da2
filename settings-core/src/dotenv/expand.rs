//! Replacement of escapes and references in values.

use zeroize::Zeroizing;

use super::Outside;
use super::assignments::{Above, Assignments};
use super::error::{ErrorSubject, Limit, SyntaxFault, SyntaxRule};
use super::scan::{after_name, begins_key};
use super::text::{MAX_VALUE, Wiped};

const MAX_DEPTH: usize = 16;

/// The sources of references, and the errors.
pub(super) struct ReferenceScope<'s, 'a> {
    pub(super) outside: Outside<'s>,
    pub(super) above: &'s Assignments<'a>,
    /// The remaining bytes that references may insert; after an excess (`None`) no name is looked up.
    pub(super) budget: &'s mut Option<usize>,
    pub(super) faults: &'s mut Vec<SyntaxFault<'a>>,
}

/// Replaces the references of an unquoted value, and also the escapes of a double-quoted one.
///
/// `raw` is the value without quotes, `base` its position in the file, and `opens` the position of
/// errors of the whole value. Returns nothing if its text is unknown: it has errors,
/// or it depends on an invalid assignment.
pub(super) fn expand<'a>(
    raw: &'a str,
    base: usize,
    opens: usize,
    double: bool,
    scope: ReferenceScope<'_, 'a>,
) -> Option<Wiped> {
    let before = scope.faults.len();
    let mut expansion = Expansion {
        raw,
        base,
        opens,
        double,
        scope,
        out: Wiped::with_capacity(raw.len()),
        open: Vec::new(),
        live: true,
        known: true,
    };
    if let Err(ExpansionEnd(fault)) = expansion.run() {
        expansion.stop(fault, before);
    }
    (expansion.known && expansion.scope.faults.len() == before).then_some(expansion.out)
}

/// Reads each line end as LF.
pub(super) fn line_ends(raw: &str) -> Wiped {
    let mut out = Wiped::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((line, after)) = rest.split_once('\r') {
        out.push(line);
        out.push("\n");
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out.push(rest);
    out
}

struct Expansion<'s, 'a> {
    raw: &'a str,
    base: usize,
    opens: usize,
    double: bool,
    scope: ReferenceScope<'s, 'a>,
    out: Wiped,
    /// The references whose word is being read, outermost first.
    open: Vec<OpenReference<'a>>,
    /// Whether the current position is part of the text, and not in a branch that is not taken.
    live: bool,
    /// Whether no part depends on an invalid assignment.
    known: bool,
}

/// A reference whose word is being read.
struct OpenReference<'a> {
    dollar: usize,
    /// Whether the reference itself is part of the text.
    live: bool,
    /// The number of plain braces that are open in its word.
    braces: usize,
    /// For a failing `:?` or `?`: the name, and the start of the message.
    failed: Option<(&'a str, usize)>,
}

/// An error after which the value is not read further.
struct ExpansionEnd<'a>(SyntaxFault<'a>);

enum FoundReference<'s> {
    Unset,
    Unknown,
    Above(&'s str),
    Outside(Zeroizing<String>),
}

impl<'s, 'a> Expansion<'s, 'a> {
    fn run(&mut self) -> Result<(), ExpansionEnd<'a>> {
        let bytes = self.raw.as_bytes();
        // The start of the text that is read but not yet copied.
        let mut plain = 0;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let special = match byte {
                b'$' => bytes.get(at + 1) == Some(&b'{'),
                b'\\' | b'\r' => self.double,
                b'{' => {
                    if let Some(open) = self.open.last_mut() {
                        open.braces += 1;
                    }
                    false
                }
                b'}' => match self.open.last_mut() {
                    Some(open) if open.braces > 0 => {
                        open.braces -= 1;
                        false
                    }
                    innermost => innermost.is_some(),
                },
                _ => false,
            };
            if !special {
                at += 1;
                continue;
            }
            self.push(&self.raw[plain..at])?;
            at = match byte {
                b'$' => self.reference(at)?,
                b'\\' => self.escape(at)?,
                b'\r' => {
                    self.push("\n")?;
                    at + 1 + usize::from(bytes.get(at + 1) == Some(&b'\n'))
                }
                _ => {
                    self.close(at);
                    at + 1
                }
            };
            plain = at;
        }
        self.push(&self.raw[plain..])?;
        match self.open.last() {
            Some(unclosed) => Err(self.bad_reference(unclosed.dollar)),
            None => Ok(()),
        }
    }

    /// Reads a reference up to its word or past its end, and returns that position.
    fn reference(&mut self, dollar: usize) -> Result<usize, ExpansionEnd<'a>> {
        if self.open.len() == MAX_DEPTH {
            let rule = SyntaxRule::LimitExceeded(Limit::Depth);
            return Err(ExpansionEnd(SyntaxFault::new(self.base + dollar, rule)));
        }
        let bytes = self.raw.as_bytes();
        let start = dollar + "${".len();
        let end = after_name(bytes, start);
        if end == start || !begins_key(bytes[start]) {
            return Err(self.bad_reference(dollar));
        }
        let name = &self.raw[start..end];

        let colon = bytes.get(end) == Some(&b':');
        let operator = end + usize::from(colon);
        let word = operator + 1;
        let live = self.live;
        let mut failed = None;
        match bytes.get(operator) {
            Some(b'}') if !colon => {
                if live && !self.bring_in(name, false)? {
                    let fault = self.fault(dollar, SyntaxRule::UndefinedReference);
                    fault.subject = Some(Box::new(ErrorSubject::new(name, None)));
                }
                return Ok(word);
            }
            Some(b'-') => self.live = live && !self.bring_in(name, colon)?,
            Some(b'+') => self.live = live && self.find(name)?.is_set(colon),
            Some(b'?') => {
                failed = (live && !self.bring_in(name, colon)?).then_some((name, word));
                self.live = false;
            }
            _ => return Err(self.bad_reference(dollar)),
        }
        self.open.push(OpenReference {
            dollar,
            live,
            braces: 0,
            failed,
        });
        Ok(word)
    }

    /// Ends the innermost reference, whose word ends at `end`.
    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        self.live = open.live;
        if let Some((name, start)) = open.failed {
            let message = &self.raw[start..end];
            // A message with an escape is not shown.
            let shown = !(self.double && message.contains('\\'));
            let subject = ErrorSubject::new(name, shown.then_some(message));
            let fault = self.fault(open.dollar, SyntaxRule::RequiredReference);
            fault.subject = Some(Box::new(subject));
        }
    }

    /// Appends the value of a name; returns whether it is set, and if requested, whether it is not empty.
    fn bring_in(&mut self, name: &str, not_empty: bool) -> Result<bool, ExpansionEnd<'a>> {
        let found = self.find(name)?;
        let is_set = found.is_set(not_empty);
        match found {
            FoundReference::Unset => {}
            FoundReference::Unknown => self.known = false,
            FoundReference::Above(text) => {
                self.spend(text.len())?;
                self.push(text)?;
            }
            FoundReference::Outside(text) => self.push(&text)?,
        }
        Ok(is_set)
    }

    fn find(&mut self, name: &str) -> Result<FoundReference<'s>, ExpansionEnd<'a>> {
        if self.scope.budget.is_none() {
            return Ok(FoundReference::Unknown);
        }
        if let Some(found) = self.find_outside(self.scope.outside.env, name)? {
            return Ok(found);
        }
        let above: &'s Assignments<'a> = self.scope.above;
        match above.get(name) {
            Above::Unset => {
                let found = self.find_outside(self.scope.outside.earlier, name)?;
                Ok(found.unwrap_or(FoundReference::Unset))
            }
            Above::Unknown => Ok(FoundReference::Unknown),
            Above::Set(text) => Ok(FoundReference::Above(text)),
        }
    }

    fn find_outside(
        &mut self,
        source: &dyn Fn(&str) -> Option<String>,
        name: &str,
    ) -> Result<Option<FoundReference<'s>>, ExpansionEnd<'a>> {
        let Some(text) = source(name).map(Zeroizing::new) else {
            return Ok(None);
        };
        self.spend(text.len())?;
        Ok(Some(FoundReference::Outside(text)))
    }

    fn spend(&mut self, amount: usize) -> Result<(), ExpansionEnd<'a>> {
        let left = self.scope.budget.and_then(|left| left.checked_sub(amount));
        *self.scope.budget = left;
        match left {
            Some(_) => Ok(()),
            None => Err(self.too_long(Limit::Total)),
        }
    }

    /// Reads an escape, and returns its end.
    fn escape(&mut self, backslash: usize) -> Result<usize, ExpansionEnd<'a>> {
        let after = &self.raw[backslash + 1..];
        let Some(letter) = after.chars().next() else {
            self.fault(backslash, SyntaxRule::UnknownEscape);
            return Ok(backslash + 1);
        };
        let end = backslash + 1 + letter.len_utf8();
        let text = match letter {
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            '\\' | '"' | '$' => &after[..1],
            'u' => match unicode(&after[1..]) {
                None => {
                    self.fault(backslash, SyntaxRule::UnknownEscape);
                    return Ok(end);
                }
                Some(('\0', len)) => {
                    self.fault(backslash, SyntaxRule::NulByte);
                    return Ok(end + len);
                }
                Some((char, len)) => {
                    self.push(char.encode_utf8(&mut [0; 4]))?;
                    return Ok(end + len);
                }
            },
            _ => {
                self.fault(backslash, SyntaxRule::UnknownEscape);
                return Ok(end);
            }
        };
        self.push(text)?;
        Ok(end)
    }

    fn push(&mut self, text: &str) -> Result<(), ExpansionEnd<'a>> {
        if self.live {
            if self.out.as_str().len() + text.len() > MAX_VALUE {
                return Err(self.too_long(Limit::Expanded));
            }
            self.out.push(text);
        }
        Ok(())
    }

    fn fault(&mut self, at: usize, rule: SyntaxRule) -> &mut SyntaxFault<'a> {
        let faults = &mut *self.scope.faults;
        faults.push(SyntaxFault::new(self.base + at, rule));
        let last = faults.len() - 1;
        &mut faults[last]
    }

    fn bad_reference(&self, dollar: usize) -> ExpansionEnd<'a> {
        ExpansionEnd(SyntaxFault::new(
            self.base + dollar,
            SyntaxRule::BadReference,
        ))
    }

    fn too_long(&self, limit: Limit) -> ExpansionEnd<'a> {
        ExpansionEnd(SyntaxFault::new(
            self.opens,
            SyntaxRule::LimitExceeded(limit),
        ))
    }

    /// Adds an error after which the value is not read further.
    ///
    /// A text inside something that turned out not to be a reference is not looked up.
    fn stop(&mut self, fault: SyntaxFault<'a>, before: usize) {
        let faults = &mut *self.scope.faults;
        let malformed = matches!(
            fault.rule,
            SyntaxRule::BadReference | SyntaxRule::LimitExceeded(Limit::Depth)
        );
        if let Some(outermost) = self.open.first()
            && malformed
        {
            let outside = self.base + outermost.dollar;
            let found = faults.split_off(before);
            faults.extend(found.into_iter().filter(|fault| {
                let looked_up = matches!(
                    fault.rule,
                    SyntaxRule::UndefinedReference | SyntaxRule::RequiredReference
                );
                !looked_up || fault.at < outside
            }));
        }
        faults.push(fault);
    }
}

impl FoundReference<'_> {
    fn is_set(&self, not_empty: bool) -> bool {
        match self {
            FoundReference::Unset => false,
            FoundReference::Unknown => true,
            FoundReference::Above(text) => !(not_empty && text.is_empty()),
            FoundReference::Outside(text) => !(not_empty && text.is_empty()),
        }
    }
}

/// Reads the digits after `\u`, and returns the character and the length in bytes.
fn unicode(after: &str) -> Option<(char, usize)> {
    let (digits, len) = match after.strip_prefix('{') {
        Some(braced) => {
            // At most six digits are searched, because a text may have many of these without a brace.
            let len = braced.bytes().take(7).position(|byte| byte == b'}')?;
            (&braced[..len], len + 2)
        }
        None => (after.get(..4)?, 4),
    };
    let is_valid = (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let number = is_valid.then(|| u32::from_str_radix(digits, 16).ok())??;
    Some((char::from_u32(number)?, len))
}
