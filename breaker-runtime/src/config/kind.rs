//! The kinds of values that options have, and how their fields hold them.

/// Expands to the type of a kind of value.
macro_rules! value_type {
    (count) => {
        u32
    };
    (share) => {
        f64
    };
    (decimal) => {
        f64
    };
    (flag) => {
        bool
    };
    (length) => {
        ::std::time::Duration
    };
    (window) => {
        $crate::config::Window
    };
    (throttle) => {
        $crate::config::Throttle
    };
    (outlier) => {
        $crate::config::keyed::Outlier
    };
    (group) => {
        $crate::config::SharedGroup
    };
    (quorum) => {
        $crate::config::Quorum
    };
}

/// Expands to the type of an option's field, from the group `value` of its row.
macro_rules! field_type {
    ((packed share in $range:ident)) => { Option<$crate::config::keyed::PackedShare> };
    ((optional $kind:ident in $range:ident)) => { Option<$crate::config::kind::value_type!($kind)> };
    ((switchable $kind:ident in $range:ident)) => { Option<$crate::config::kind::value_type!($kind)> };
    ((fixed $kind:ident in $range:ident)) => { $crate::config::kind::value_type!($kind) };
}

/// Expands to the field for a given value.
macro_rules! to_field {
    ((packed $kind:ident in $range:ident), $value:expr) => {
        Some($crate::config::keyed::PackedShare::new($value))
    };
    ((optional $kind:ident in $range:ident), $value:expr) => {
        Some($value)
    };
    ((switchable $kind:ident in $range:ident), $value:expr) => {
        Some($value)
    };
    ((fixed $kind:ident in $range:ident), $value:expr) => {
        $value
    };
}

/// Expands to an `Option` with the value of a field.
macro_rules! from_field {
    ((packed $kind:ident in $range:ident), $field:expr) => {
        $field.map($crate::config::keyed::PackedShare::get)
    };
    ((optional $kind:ident in $range:ident), $field:expr) => {
        $field
    };
    ((switchable $kind:ident in $range:ident), $field:expr) => {
        $field
    };
    ((fixed $kind:ident in $range:ident), $field:expr) => {
        Some($field)
    };
}

pub(crate) use {field_type, from_field, to_field, value_type};
