//! What changes between two versions of a narrative.
//!
//! Word by word, because a letter that two versions happen to share says nothing: the comparison of two
//! different texts of 16 KiB letter by letter took 11 s and made a change as large as both together.

use std::collections::BTreeMap;

/// Most words that may come or go before a text counts as another one. Time and memory of the comparison
/// grow with the square of it.
const MOST_WORDS: usize = 1_000;
/// Most letters one step inserts or deletes, so that any step fits into a change of its own.
pub(super) const STEP: usize = 8_192;

/// Letters to delete and to insert at a place. Steps are taken one after the other, each on the text that
/// the ones before it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Letters before it.
    pub at: usize,
    /// Letters to delete there.
    pub delete: usize,
    /// Text to insert there.
    pub insert: String,
}

impl Step {
    /// About how many bytes it takes in a change: each letter inserted and its length, deletions as runs.
    pub fn weight(&self) -> usize {
        24 + self.insert.len() + self.insert.chars().count() + self.delete / 8
    }
}

/// The steps from one text to another.
pub(super) fn steps(old: &str, new: &str) -> Vec<Step> {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let mut steps = Vec::new();
    let mut shift = Shift::default();
    for hunk in hunks(&old, &new) {
        let (hunk, _) = trimmed(&old, &new, hunk);
        let (old_part, new_part) = (hunk.old_end - hunk.old, hunk.new_end - hunk.new);
        if old_part == 0 && new_part == 0 {
            continue;
        }
        let mut at = shift.place(hunk.old);
        let inserted = &new[hunk.new..hunk.new_end];
        for delete in pieces(old_part) {
            steps.push(Step {
                at,
                delete,
                insert: String::new(),
            });
        }
        for piece in inserted.chunks(STEP) {
            // One step replaces, as long as it can: a deletion by itself would be a step for nothing.
            match steps.last_mut() {
                Some(last) if last.at == at && last.insert.is_empty() && last.delete > 0 => {
                    last.insert = piece.iter().collect();
                }
                _ => steps.push(Step {
                    at,
                    delete: 0,
                    insert: piece.iter().collect(),
                }),
            }
            at += piece.len();
        }
        shift.replaced(old_part, new_part);
    }
    steps
}

fn pieces(letters: usize) -> impl Iterator<Item = usize> {
    (0..letters)
        .step_by(STEP)
        .map(move |done| STEP.min(letters - done))
}

/// How far a place of the old text has moved by the steps before it.
#[derive(Default)]
struct Shift {
    inserted: usize,
    deleted: usize,
}

impl Shift {
    fn place(&self, old: usize) -> usize {
        old + self.inserted - self.deleted
    }

    fn replaced(&mut self, deleted: usize, inserted: usize) {
        self.deleted += deleted;
        self.inserted += inserted;
    }
}

/// A part of the old text and the part of the new one that stands in its place; in letters or words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hunk {
    pub old: usize,
    pub old_end: usize,
    pub new: usize,
    pub new_end: usize,
}

/// The hunk without what both sides begin and end with, and whether anything is left.
fn trimmed<T: PartialEq>(old: &[T], new: &[T], mut hunk: Hunk) -> (Hunk, bool) {
    while hunk.old < hunk.old_end && hunk.new < hunk.new_end && old[hunk.old] == new[hunk.new] {
        hunk.old += 1;
        hunk.new += 1;
    }
    while hunk.old < hunk.old_end && hunk.new < hunk.new_end && old[hunk.old_end - 1] == new[hunk.new_end - 1]
    {
        hunk.old_end -= 1;
        hunk.new_end -= 1;
    }
    (hunk, hunk.old < hunk.old_end || hunk.new < hunk.new_end)
}

/// The hunks in letters, in order.
fn hunks(old: &[char], new: &[char]) -> Vec<Hunk> {
    let whole = Hunk {
        old: 0,
        old_end: old.len(),
        new: 0,
        new_end: new.len(),
    };
    let (whole, differs) = trimmed(old, new, whole);
    if !differs {
        return Vec::new();
    }
    let mut known = BTreeMap::new();
    let (old_words, old_ends) = words(&old[whole.old..whole.old_end], &mut known);
    let (new_words, new_ends) = words(&new[whole.new..whole.new_end], &mut known);
    let Some(by_words) = compare(&old_words, &new_words) else {
        return vec![whole];
    };
    let start = |ends: &[usize], word: usize| if word == 0 { 0 } else { ends[word - 1] };
    by_words
        .into_iter()
        .map(|hunk| Hunk {
            old: whole.old + start(&old_ends, hunk.old),
            old_end: whole.old + start(&old_ends, hunk.old_end),
            new: whole.new + start(&new_ends, hunk.new),
            new_end: whole.new + start(&new_ends, hunk.new_end),
        })
        .collect()
}

/// Words with the white space behind them, as numbers, and where each ends.
fn words<'a>(letters: &'a [char], known: &mut BTreeMap<&'a [char], u32>) -> (Vec<u32>, Vec<usize>) {
    let (mut numbers, mut ends) = (Vec::new(), Vec::new());
    let mut begin = 0;
    for end in 1..=letters.len() {
        let ends_here =
            end == letters.len() || (letters[end - 1].is_whitespace() && !letters[end].is_whitespace());
        if ends_here {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            numbers.push(*known.entry(&letters[begin..end]).or_insert(next));
            ends.push(end);
            begin = end;
        }
    }
    (numbers, ends)
}

/// Myers' comparison, forward, given up when more than [`MOST_WORDS`] words come or go.
pub(super) fn compare(old: &[u32], new: &[u32]) -> Option<Vec<Hunk>> {
    let most = MOST_WORDS.min(old.len() + new.len());
    // furthest[k + most] is how far into the old text a path on diagonal k has come.
    let mut furthest = vec![0usize; 2 * most + 2];
    let mut trace: Vec<Vec<usize>> = Vec::new();
    for edits in 0..=most {
        // What the step before left of the diagonals it could reach.
        trace.push(furthest[most - edits..=most + edits + 1].to_vec());
        for diagonal in (0..=2 * edits).step_by(2) {
            let k = most + diagonal - edits;
            let insert = diagonal == 0 || (diagonal < 2 * edits && furthest[k - 1] < furthest[k + 1]);
            let mut x = match (edits, insert) {
                (0, _) => 0,
                (_, true) => furthest[k + 1],
                (_, false) => furthest[k - 1] + 1,
            };
            // y = x - (k - most), never negative on a path that is in the texts.
            let Some(mut y) = (x + most).checked_sub(k) else {
                continue;
            };
            while x < old.len() && y < new.len() && old[x] == new[y] {
                x += 1;
                y += 1;
            }
            furthest[k] = x;
            if x >= old.len() && y >= new.len() {
                return Some(walk_back(&trace, (old.len(), new.len())));
            }
        }
    }
    None
}

/// The way back through what each step could reach, joined to hunks.
fn walk_back(trace: &[Vec<usize>], end: (usize, usize)) -> Vec<Hunk> {
    let (mut x, mut y) = end;
    let mut hunks: Vec<Hunk> = Vec::new();
    for (edits, reached) in trace.iter().enumerate().skip(1).rev() {
        // Index of diagonal k in `reached`, which begins at diagonal -edits.
        let at = x + edits - y;
        let insert = at == 0 || (at < 2 * edits && reached[at - 1] < reached[at + 1]);
        let (from_x, from_y) = if insert {
            (reached[at + 1], reached[at + 1] + edits - (at + 1))
        } else {
            (reached[at - 1], reached[at - 1] + edits - (at - 1))
        };
        let (to_x, to_y) = if insert {
            (from_x, from_y + 1)
        } else {
            (from_x + 1, from_y)
        };
        match hunks.last_mut() {
            Some(next) if (next.old, next.new) == (to_x, to_y) => (next.old, next.new) = (from_x, from_y),
            _ => hunks.push(Hunk {
                old: from_x,
                old_end: to_x,
                new: from_y,
                new_end: to_y,
            }),
        }
        (x, y) = (from_x, from_y);
    }
    hunks.reverse();
    hunks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn applied(old: &str, steps: &[Step]) -> String {
        let mut text: Vec<char> = old.chars().collect();
        for step in steps {
            assert!(step.delete <= STEP && step.insert.chars().count() <= STEP);
            text.splice(step.at..step.at + step.delete, step.insert.chars());
        }
        text.into_iter().collect()
    }

    fn touched(steps: &[Step]) -> usize {
        steps
            .iter()
            .map(|step| step.delete + step.insert.chars().count())
            .sum()
    }

    #[test]
    fn only_what_differs_is_touched() {
        for (old, new, letters) in [
            ("", "", 0),
            ("Mỗi bản một cụm đèn", "Mỗi bản một cụm đèn", 0),
            ("Mỗi bản một cụm đèn", "Mỗi bản hai cụm đèn", 6),
            ("Mỗi bản một cụm đèn", "Mỗi bản một cùm đèn", 2),
            ("Mỗi bản một cụm đèn", "", 19),
            ("một hai ba bốn năm", "không một hai bốn năm sáu", 6 + 3 + 4),
        ] {
            let steps = steps(old, new);
            assert_eq!(applied(old, &steps), new);
            assert_eq!(touched(&steps), letters, "{old} → {new}: {steps:?}");
        }
    }

    #[test]
    fn a_text_that_is_wholly_another_one_is_replaced_at_once() {
        let word = |seed: usize| format!("{}ộ ", (seed * 7919) % 9_973);
        let old: String = (0..9_000).map(word).collect();
        let new: String = (20_000..29_000).map(word).collect();
        let steps = steps(&old, &new);
        assert_eq!(applied(&old, &steps), new);
        assert!(steps.len() < 20, "{} steps", steps.len());
    }

    #[test]
    fn a_paragraph_more_and_a_typing_error_less_leave_the_rest_alone() {
        let paragraph = "Phối hợp cùng cấp ủy, chính quyền địa phương vận động nhân dân. ".repeat(30);
        let old = format!("{}rà soat{}", "Đoạn đầu. ".repeat(500), " Đoạn cuối.".repeat(500));
        let new = format!("{paragraph}{}", old.replace("soat", "soát"));
        let steps = steps(&old, &new);
        assert_eq!(applied(&old, &steps), new);
        assert!(
            touched(&steps) <= paragraph.chars().count() + 2 + 40,
            "{}",
            touched(&steps)
        );
    }

    proptest! {
        #[test]
        fn the_steps_lead_to_the_new_text(old in "[aăâ \n]{0,60}", new in "[aăâ \n]{0,60}") {
            prop_assert_eq!(applied(&old, &steps(&old, &new)), new);
        }

        #[test]
        fn the_steps_lead_to_the_new_text_also_beyond_one_step(at in 0usize..20_000, old in 0usize..20_000, new in 0usize..20_000) {
            let (old, new) = ("a".repeat(old), format!("{}b{}", "c".repeat(at), "d".repeat(new)));
            prop_assert_eq!(applied(&old, &steps(&old, &new)), new);
        }
    }
}
