//! The setters at run time, for all types that have them, and the methods that switch options off.

/// Gives a type with a field `config` a setter for each option of the policy.
macro_rules! policy_setters {
    ($type:ident) => {
        $crate::config::table::policy_options! { [$crate::config::setters::define_setters] $type; }
    };
}

macro_rules! define_setters {
    ($type:ident; $($(#[$doc:meta])* $name:ident {
        with: ($with:ident, $arg:ident), value: $value:tt, default: $default:tt, get: $get:tt, off: $off:tt,
        needs: $needs:tt, fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        $($crate::config::setters::define_setter! { $type [$(#[$doc])*] $aliases $name $arg $value })*
    };
}

macro_rules! define_setter {
    ($type:ident $docs:tt [] $name:ident $arg:ident $value:tt) => {
        $crate::config::setters::define_setter! { @ $type $docs [] $name $arg $value }
    };
    ($type:ident $docs:tt [$($alias:literal),+ $(,)?] $name:ident $arg:ident $value:tt) => {
        $crate::config::setters::define_setter! {
            @ $type $docs [#[doc(alias($($alias),+))]] $name $arg $value
        }
    };
    (@ into $type:ident [$($docs:tt)*] [$($aliases:tt)*] $name:ident $arg:ident $value:ty) => {
        impl $type {
            $($docs)*
            $($aliases)*
            pub fn $name(mut self, $arg: impl Into<$value>) -> Self {
                self.config.$name = Some($arg.into());
                self
            }
        }
    };
    (@ $type:ident $docs:tt $aliases:tt $name:ident $arg:ident ($storage:ident group in $range:ident)) => {
        $crate::config::setters::define_setter! {
            @ into $type $docs $aliases $name $arg $crate::config::SharedGroup
        }
    };
    (@ $type:ident $docs:tt $aliases:tt $name:ident $arg:ident ($storage:ident quorum in $range:ident)) => {
        $crate::config::setters::define_setter! {
            @ into $type $docs $aliases $name $arg $crate::config::Quorum
        }
    };
    (@ $type:ident $docs:tt $aliases:tt $name:ident $arg:ident ($storage:ident window in $range:ident)) => {
        $crate::config::setters::define_setter! {
            @ into $type $docs $aliases $name $arg $crate::config::Window
        }
    };
    (@ $type:ident [$($docs:tt)*] [$($aliases:tt)*] $name:ident $arg:ident
        ($storage:ident throttle in $range:ident)) => {
        impl $type {
            $($docs)*
            $($aliases)*
            pub fn $name(mut self, k: f64, window: ::std::time::Duration) -> Self {
                self.config.$name = Some($crate::config::Throttle { k, window });
                self
            }
        }
    };
    (@ $type:ident [$($docs:tt)*] [$($aliases:tt)*] $name:ident $arg:ident
        (switchable $kind:ident in $range:ident)) => {
        impl $type {
            $($docs)*
            $($aliases)*
            pub fn $name(
                mut self,
                $arg: impl Into<Option<$crate::config::kind::value_type!($kind)>>,
            ) -> Self {
                self.config.$name = $arg.into();
                self
            }
        }
    };
    (@ $type:ident [$($docs:tt)*] [$($aliases:tt)*] $name:ident $arg:ident
        ($storage:ident $kind:ident in $range:ident)) => {
        impl $type {
            $($docs)*
            $($aliases)*
            pub fn $name(mut self, $arg: $crate::config::kind::value_type!($kind)) -> Self {
                self.config.$name =
                    $crate::config::kind::to_field!(($storage $kind in $range), $arg);
                self
            }
        }
    };
}

pub(crate) use {define_setter, define_setters, policy_setters};
