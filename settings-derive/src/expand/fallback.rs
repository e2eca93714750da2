//! A stub impl beside the errors, so that code that uses the type causes no further errors.

use super::{call_site, constants, derived, traits};
use crate::check::METHODS;
use crate::model::{Derived, Role, Struct};
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// The errors and the stub.
pub(crate) fn expand(
    input: &DeriveInput,
    model: Option<&Struct>,
    error: Option<syn::Error>,
) -> TokenStream {
    let error = error.map(|error| error.to_compile_error());
    let ty = call_site(&input.ident);
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let bounds = where_clause.map(|clause| &clause.predicates);
    // A higher-ranked bound is only checked where the impl is used.
    let is_root = quote!(for<'late> Self: ::core::marker::Send + ::core::marker::Sync + 'static);
    let is_group = model.is_some_and(|model| matches!(model.role, Role::Group));
    let root = (!is_group).then(|| {
        quote! {
            #[automatically_derived]
            impl #impl_generics __p::Root for #ty #ty_generics
            where
                #is_root,
                #bounds
            {
                fn cell() -> &'static __p::Cell<Self> {
                    ::core::unreachable!()
                }
            }
            #[automatically_derived]
            impl #impl_generics ::settings_core::Settings for #ty #ty_generics
            where
                #is_root,
                #bounds
            {}
        }
    });
    let derived = model.and_then(|model| {
        let header = quote!(#impl_generics #ty #ty_generics #where_clause);
        let is_free = |row: &&Derived| is_group || METHODS.iter().all(|name| row.ident != name);
        derived(&header, model.derived.iter().filter(is_free), |_| {
            quote!(::core::unreachable!())
        })
    });
    // rustc reports errors in the types of fields in the same build.
    let field_constants = model
        .filter(|_| input.generics.params.is_empty())
        .map(|model| {
            let (traits, field_constants) = (traits(model), constants::field_constants(model));
            quote!(#traits #field_constants)
        });
    quote! {
        #error
        const _: () = {
            use ::settings_core::__private as __p;
            #field_constants
            #[automatically_derived]
            impl #impl_generics __p::Assemble for #ty #ty_generics #where_clause {
                const SCHEMA: &'static __p::Schema = __p::NO_SCHEMA;
                fn layout() -> &'static __p::Layout {
                    ::core::unreachable!()
                }
                fn assemble(_: &mut __p::Assembler<'_>) -> ::core::option::Option<Self> {
                    ::core::unreachable!()
                }
                fn walk(&self, _: &mut __p::Walk<'_>) {
                    ::core::unreachable!()
                }
            }
            #root
        };
        #derived
    }
}
