//! The message for a function without a breaker.

use crate::registry::declared::declared;
use crate::registry::names::as_users_name;

/// Returns the message for a function of this type name, for which `find` found nothing.
///
/// `find` is the name of the function that was called, and `attribute` the attribute to write.
#[cold]
pub(crate) fn message(type_name: &'static str, find: &str, attribute: &str) -> String {
    const POINTERS: [&str; 6] = ["fn(", "unsafe ", "extern ", "for<", "&", "alloc::boxed::Box<"];
    let is_pointer = POINTERS.iter().any(|start| type_name.starts_with(start));
    if is_pointer || type_name.contains("{{closure}}") {
        return format!(
            "`{type_name}` is no function by its type: a closure or a pointer; pass the function itself, such as \
             `{find}(stock)`"
        );
    }
    let path = as_users_name(type_name);
    let declared = declared();
    if declared.is_ambiguous(path) {
        return format!(
            "`{path}` is the path of several annotated functions; give each an `accessor`, and call that"
        );
    }
    let near = declared.nearest(path).map(|near| format!("; or did you mean `{near}`?"));
    format!("`{path}` has no circuit breaker; annotate it with {attribute}{}", near.unwrap_or_default())
}
