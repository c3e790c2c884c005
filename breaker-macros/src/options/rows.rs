//! Tables of options: one row for each, from which the field, the parser and the call of the setter are
//! generated.
//!
//! The runtime has the same rows in the same order: those of the policy in `config/table/`, the others
//! in `config/keyed.rs` and `config/retry.rs`. A test of the docs compares names, kinds and ranges.
//!
//! A row has the name, the setter of the runtime, the kind of value, and the range of a number or an
//! example of a length of time. `code` in place of a setter marks an option that is code: it has no row
//! in the runtime. A name that is a keyword follows the name of the field: `condition = "if"`.

use std::time::Duration;

use proc_macro2::Span;

use super::number::{Quorum, Window};
use super::policy::{Group, Throttle};
use super::value::Value;

/// An option that is given, by its kind of value.
pub(crate) enum Setting<'o> {
    Count(&'o Value<u32>),
    /// Switched off, by the function of this name.
    Off(&'static str, Span),
    Decimal(&'o Value<f64>),
    Length(&'o Value<Duration>),
    Window(&'o Value<Window>),
    Flag(bool, Span),
    Throttle(&'o Throttle, Span),
    Group(&'o Group, Span),
    Quorum(&'o Value<Quorum>),
}

/// Makes the struct of a table, the names of its options, and their parser.
macro_rules! option_table {
    ($(#[$doc:meta])* $Options:ident {
        $($name:ident $(= $text:literal)?: $with:ident, $kind:ident $($range:expr)?;)*
    }) => {
        pub(crate) const NAMES: &[&str] = &[$($crate::options::rows::name!($name $($text)?)),*];

        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $Options {
            $(pub(crate) $name: Option<$crate::options::Given<$crate::options::rows::value!($kind)>>,)*
        }

        impl $Options {
            /// Parses an option; returns `None` if it is not one of these.
            pub(super) fn parse_one(
                &mut self,
                name: &syn::Ident,
                input: syn::parse::ParseStream<'_>,
            ) -> Option<syn::Result<()>> {
                use $crate::options::SetOnce as _;
                $(if name == $crate::options::rows::name!($name $($text)?) {
                    let parse = || $crate::options::rows::read!(name input $kind $($range)?);
                    return Some(self.$name.set_once(name, parse));
                })*
                None
            }
        }
    };
}

/// Makes the list of the options of a table that are given.
macro_rules! option_settings {
    ($(#[$doc:meta])* $Options:ident {
        $($name:ident $(= $text:literal)?: $with:ident, $kind:ident $($range:expr)?;)*
    }) => {
        impl $Options {
            /// Returns the options that are given, with the setters of the runtime, in the order of the
            /// table.
            pub(crate) fn settings(&self) -> Vec<(&'static str, $crate::options::Setting<'_>)> {
                let mut settings = Vec::new();
                $($crate::options::rows::push_setting!(settings self $name $with $kind);)*
                settings
            }
        }
    };
}

/// Expands to the name of an option.
macro_rules! name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $text:literal) => {
        $text
    };
}

/// Expands to the type of a kind of value.
macro_rules! value {
    (count) => { $crate::options::Value<u32> };
    (attempts) => { $crate::options::Value<u32> };
    (switch) => { Option<$crate::options::Value<u32>> };
    (decimal) => { $crate::options::Value<f64> };
    (length) => { $crate::options::Value<::std::time::Duration> };
    (window) => { $crate::options::Value<$crate::options::Window> };
    (flag) => { bool };
    (throttle) => { $crate::options::Throttle };
    (outlier) => { $crate::options::keys::Outlier };
    (group) => { $crate::options::Group };
    (quorum) => { $crate::options::Value<$crate::options::Quorum> };
    (key) => { syn::Expr };
    (condition) => { syn::Expr };
}

/// Parses a value of a kind. The parser of a kind without a range is a function beside the table.
macro_rules! read {
    ($name:ident $input:ident count $max:expr) => {
        $crate::options::number::number($name, $max, $input)
    };
    ($name:ident $input:ident switch $max:expr) => {
        $crate::options::number::number_or_off($name, $max, $input)
    };
    ($name:ident $input:ident decimal $range:expr) => {
        $crate::options::number::decimal($name, $range, $input)
    };
    ($name:ident $input:ident length $example:expr) => {
        $crate::options::number::length(
            $name,
            &format!("{} = \"{}\"", $name, $example),
            ::std::time::Duration::ZERO,
            $input,
        )
    };
    ($name:ident $input:ident $kind:ident) => {
        $kind($name, $input)
    };
}

/// Appends a [`Setting`] if the option is given and has a setter.
macro_rules! push_setting {
    ($settings:ident $self:ident $name:ident code $kind:ident) => {};
    ($settings:ident $self:ident $name:ident $with:ident $kind:ident) => {
        if let Some(given) = &$self.$name {
            $settings.push((stringify!($with), $crate::options::rows::setting!(given $kind)));
        }
    };
}

/// Makes a [`Setting`] of a given value.
macro_rules! setting {
    ($given:ident count) => {
        $crate::options::Setting::Count(&$given.value)
    };
    ($given:ident attempts) => {
        $crate::options::Setting::Count(&$given.value)
    };
    ($given:ident switch) => {
        match &$given.value {
            Some(value) => $crate::options::Setting::Count(value),
            None => $crate::options::Setting::Off("without_abandoned_threshold", $given.option),
        }
    };
    ($given:ident decimal) => {
        $crate::options::Setting::Decimal(&$given.value)
    };
    ($given:ident length) => {
        $crate::options::Setting::Length(&$given.value)
    };
    ($given:ident window) => {
        $crate::options::Setting::Window(&$given.value)
    };
    ($given:ident flag) => {
        $crate::options::Setting::Flag($given.value, $given.option)
    };
    ($given:ident group) => {
        $crate::options::Setting::Group(&$given.value, $given.option)
    };
    ($given:ident quorum) => {
        $crate::options::Setting::Quorum(&$given.value)
    };
    ($given:ident throttle) => {
        $crate::options::Setting::Throttle(&$given.value, $given.option)
    };
}

pub(super) use {name, option_settings, option_table, push_setting, read, setting, value};
