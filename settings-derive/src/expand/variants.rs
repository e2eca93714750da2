//! The code for an enum: its variants as data, and the functions that build and show the variant that is chosen.

use super::body::{member, value_of_fields, walk_of_fields};
use super::names;
use super::{call_site, fields, rows};
use crate::model::{Choice, Struct, Variant, VariantForm};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;

/// The constants of an enum: its variants, and how its tag is read.
pub(super) fn constants(ty: &Ident, choice: &Choice) -> TokenStream {
    let tagged = choice.variants.iter();
    let tagged = tagged.filter(|variant| variant.form != VariantForm::Scalar);
    let names = tagged.map(Variant::name);
    let variants = choice.variants.iter().enumerate().map(|(at, variant)| {
        let (constant, name, aliases) = (names::variant(at), variant.name(), &variant.aliases);
        let scalar = (variant.form == VariantForm::Scalar).then(|| quote!(.with_scalar()));
        quote! {
            const #constant: &__p::Variant = &__p::Variant::new(#name, &[#(#aliases),*]) #scalar;
        }
    });
    let constants = (0..choice.variants.len()).map(names::variant);
    quote! {
        #(#variants)*
        #[automatically_derived]
        impl __p::Choice for #ty {
            const VARIANTS: &'static [&'static __p::Variant] = &[#(#constants),*];
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
        }
        const __TAG: __p::LeafField<::core::primitive::usize> = __p::LeafField::tag::<#ty>();
    }
}

/// The rows of the tag and of each variant in the schema.
pub(super) fn rows(input: &Struct, choice: &Choice) -> Vec<TokenStream> {
    let key = choice.tag();
    let (type_name, doc) = (input.ident.unraw().to_string(), &input.doc);
    let default = choice
        .variants
        .iter()
        .find(|variant| variant.default.is_some());
    let default = default.map(|variant| {
        let name = variant.name();
        quote!(.with_default_text(#name))
    });
    let tag = quote!(__TAG.leaf(#key, #type_name, #doc) #default .field());
    let variants = choice.variants.iter().enumerate().map(|(at, variant)| {
        let constant = names::variant(at);
        let (name, doc) = (variant.ident.unraw().to_string(), &variant.doc);
        let rows = rows::rows(&variant.settings);
        quote!(#constant.field(#doc, &__p::Group::new(#name, "", &[#(#rows,)*])))
    });
    std::iter::once(tag).chain(variants).collect()
}

/// The statements that build the variant that the tag names.
pub(super) fn value(choice: &Choice) -> TokenStream {
    let arms = choice.variants.iter().enumerate().map(|(at, variant)| {
        let at = Literal::usize_unsuffixed(at);
        let ident = call_site(&variant.ident);
        if variant.settings.fields.is_empty() {
            return quote!(#at => ::core::option::Option::Some(Self::#ident {}),);
        }
        let value = value_of_fields(&variant.settings, &quote!(Self::#ident));
        quote! {
            #at => {
                let __scope = __cx.begin();
                ::core::option::Option::Some(#value)
            }
        }
    });
    quote! {
        let __variant = __cx.variants(&__TAG, |__cx, __nth| match __nth {
            #(#arms)*
            _ => ::core::option::Option::None,
        });
        let ::core::option::Option::Some(__value) = __variant else {
            __cx.not_checked(&__scope);
            return ::core::option::Option::None;
        };
    }
}

/// The statement that visits the fields of the variant.
pub(super) fn walk(choice: &Choice) -> TokenStream {
    let arms = choice.variants.iter().enumerate().map(|(at, variant)| {
        let at = Literal::usize_unsuffixed(at);
        let ident = call_site(&variant.ident);
        let fields = fields(&variant.settings).map(|(constant, field)| {
            let (name, value) = (member(field), names::value(&constant));
            quote!(#name: #value)
        });
        let rest = (variant.form == VariantForm::Named).then(|| quote!(..));
        let visits = walk_of_fields(&variant.settings, |constant, _| {
            let value = names::value(constant);
            quote!(#value)
        });
        quote! {
            Self::#ident { #(#fields,)* #rest } => {
                __walk.variant(&__TAG, #at, |__walk| { #visits });
            }
        }
    });
    quote!(match self { #(#arms)* })
}
