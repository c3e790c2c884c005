//! The search for the word that the user may have meant.

/// Returns the word with the smallest edit distance; `None` if each differs in more than a third of the
/// letters.
pub(crate) fn nearest<'w>(word: &str, among: &[&'w str]) -> Option<&'w str> {
    let letters = word.chars().count();
    let (mut found, mut limit) = (None, letters / 3);
    for other in among {
        // The distance is at least the difference of the lengths.
        if letters.abs_diff(other.chars().count()) > limit {
            continue;
        }
        let distance = distance(word, other);
        if distance < limit || distance == limit && found.is_none() {
            (found, limit) = (Some(*other), distance);
        }
    }
    found
}

/// Returns the edit distance by insertion, deletion and replacement (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn similar_word_is_found_and_a_different_one_is_not() {
        let options = ["failure_threshold", "timeout", "fallback", "name"];
        assert_eq!(nearest("failure_treshold", &options), Some("failure_threshold"));
        assert_eq!(nearest("time_out", &options), Some("timeout"));
        assert_eq!(nearest("colour", &["clone"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
