//! The functions that build and show a struct.

use super::body::{value_of_fields, walk_of_fields};
use super::{call, call_site, located_at, show_inner, variants};
use crate::model::Struct;
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// The functions `assemble` and `walk`.
pub(super) fn assemble(input: &Struct) -> TokenStream {
    let value = match &input.choice {
        Some(choice) => variants::value(choice),
        None => {
            let value = value_of_fields(input, &quote!(Self));
            quote!(let __value = #value;)
        }
    };
    let finish = input.finish.iter().map(|path| {
        let finish = quote_spanned!(located_at(path)=> __p::finished(#path(__value)));
        quote!(let __value = __cx.finish(&__scope, __value, |__value: &mut Self| #finish)?;)
    });
    let validate = input.validate.iter().map(|path| {
        let check = call(path, path);
        let check = quote_spanned!(located_at(path)=> __p::checked_struct(#check));
        quote!(let __value = __cx.check(&__scope, __value, |__value: &Self| #check)?;)
    });
    let validator = input.validator.iter().map(|key| {
        quote_spanned!(call_site(key).span()=>
            let __value = __cx.validator(&__scope, __value)?;
        )
    });
    let walk = walk(input);
    quote! {
        fn assemble(__cx: &mut __p::Assembler<'_>) -> ::core::option::Option<Self> {
            let __scope = __cx.begin();
            #value
            #(#finish)*
            #(#validator)*
            #(#validate)*
            ::core::option::Option::Some(__value)
        }
        #walk
    }
}

fn walk(input: &Struct) -> TokenStream {
    let fields = match &input.choice {
        Some(choice) => variants::walk(choice),
        None => walk_of_fields(input, |_, field| {
            let name = call_site(&field.ident);
            quote!(&self.#name)
        }),
    };
    let derived = input.derived.iter().enumerate().map(|(at, row)| {
        let (at, name) = (Literal::usize_unsuffixed(at), &row.ident);
        let ty = &row.ty;
        let show = show_inner(&ty.to_token_stream());
        quote! {
            if __walk.wants_derived() {
                let __value = &self.#name();
                let __text = #show;
                __walk.derived(#at, __value, __p::TypeFacts::<#ty>::MEASURE, __text);
            }
        }
    });
    quote! {
        fn walk(&self, __walk: &mut __p::Walk<'_>) {
            #fields
            #(#derived)*
        }
    }
}
