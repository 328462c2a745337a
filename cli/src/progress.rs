//! What a long use case says while it runs: one line on standard error, so that standard output has the
//! answer alone.

use std::io::Write;
use std::time::{Duration, Instant};

use cotmoc_device::EventListener;
use cotmoc_device::contract::exchange::DeviceEvent;
use cotmoc_device::contract::session::{ExchangePhase, ExchangeState};

/// How often the line changes on a terminal, and how often another is added to a file.
const ON_A_TERMINAL: Duration = Duration::from_millis(50);
const IN_A_FILE: Duration = Duration::from_secs(2);

/// Tells of the device's work until the device is closed.
pub fn tell(listener: &EventListener, out: impl Write, terminal: bool) {
    let mut line = Line {
        out,
        terminal,
        work: "",
        untold: None,
        told: None,
    };
    while let Ok(event) = listener.recv() {
        if let Some((work, amount)) = progress_of(&event) {
            line.now(work, format!("{work}: {amount}"));
        }
    }
    line.end();
}

/// The line that is being told.
struct Line<W: Write> {
    out: W,
    terminal: bool,
    work: &'static str,
    /// The newest state, when it is newer than what is shown.
    untold: Option<String>,
    told: Option<Instant>,
}

impl<W: Write> Line<W> {
    fn now(&mut self, work: &'static str, text: String) {
        let pause = if self.terminal { ON_A_TERMINAL } else { IN_A_FILE };
        if self.work != work {
            // How far the work before it came is worth its place.
            self.show();
            self.work = work;
            self.told = None;
        }
        self.untold = Some(text);
        if self.told.is_none_or(|told| told.elapsed() >= pause) {
            self.show();
        }
    }

    fn show(&mut self) {
        let Some(text) = self.untold.take() else { return };
        // Somebody who closed standard error does not want to be told.
        let _ = if self.terminal {
            write!(self.out, "\r{text:<70}").and_then(|()| self.out.flush())
        } else {
            writeln!(self.out, "{text}")
        };
        self.told = Some(Instant::now());
    }

    fn end(mut self) {
        self.show();
        if self.terminal && !self.work.is_empty() {
            let _ = writeln!(self.out);
        }
    }
}

/// The work and how far it is, when an event tells of that.
fn progress_of(event: &DeviceEvent) -> Option<(&'static str, String)> {
    match event {
        DeviceEvent::Exchange {
            state: ExchangeState::Running { phase, done, total },
        } => Some(match phase {
            ExchangePhase::Sending => ("Đang gửi / sending", amount(*done, *total, in_kb)),
            ExchangePhase::Receiving => ("Đang nhận / receiving", amount(*done, *total, in_kb)),
            ExchangePhase::Applying => ("Đang lưu / storing", amount(*done, *total, |n| n.to_string())),
        }),
        DeviceEvent::Progress { work, done, total } => {
            let name = match work.as_str() {
                "import" => "Đang nhập / importing",
                "rebuild" => "Đang dựng lại / rebuilding",
                "stick_write" => "Đang ghi ra USB / writing to the stick",
                "stick_verify" => {
                    "Đang đọc lại để kiểm tra, chưa rút USB / verifying, do not remove the stick"
                }
                "stick_check" => "Đang kiểm tra gói / checking the package",
                "stick_import" => "Đang nhập gói / importing the package",
                _ => "Đang xử lý / working",
            };
            Some((name, amount(*done, *total, |n| n.to_string())))
        }
        _ => None,
    }
}

fn in_kb(bytes: u64) -> String {
    format!("{} KB", bytes.div_ceil(1000))
}

fn amount(done: u64, total: Option<u64>, said: impl Fn(u64) -> String) -> String {
    match total {
        Some(total) => format!("{} / {}", said(done), said(total)),
        None => said(done),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::sync::mpsc::sync_channel;

    use super::*;

    fn told(events: &[DeviceEvent], terminal: bool) -> String {
        let (sender, listener) = sync_channel(16);
        for event in events {
            sender.send(event.clone()).unwrap();
        }
        drop(sender);
        let mut out = Vec::new();
        tell(&listener, &mut out, terminal);
        String::from_utf8(out).unwrap()
    }

    fn exchange(phase: ExchangePhase, done: u64, total: Option<u64>) -> DeviceEvent {
        DeviceEvent::Exchange {
            state: ExchangeState::Running { phase, done, total },
        }
    }

    #[test]
    fn a_file_gets_the_first_and_the_last_state_of_each_work_and_not_every_one() {
        let events = [
            exchange(ExchangePhase::Sending, 0, Some(2500)),
            exchange(ExchangePhase::Sending, 1000, Some(2500)),
            exchange(ExchangePhase::Sending, 2500, Some(2500)),
            exchange(ExchangePhase::Applying, 7, None),
        ];
        assert_eq!(
            told(&events, false),
            "Đang gửi / sending: 0 KB / 3 KB\nĐang gửi / sending: 3 KB / 3 KB\nĐang lưu / storing: 7\n"
        );
    }

    #[test]
    fn a_terminal_has_one_line_that_ends_with_the_last_state() {
        let rebuild = |done| DeviceEvent::Progress {
            work: "rebuild".to_owned(),
            done,
            total: Some(9),
        };
        let told = told(&[rebuild(1), rebuild(9)], true);
        assert!(
            told.starts_with("\rĐang dựng lại / rebuilding: 1 / 9"),
            "{told:?}"
        );
        assert!(told.trim_end().ends_with("9 / 9"), "{told:?}");
        assert_eq!(told.matches('\n').count(), 1, "{told:?}");
    }

    #[test]
    fn a_use_case_without_progress_says_nothing() {
        let changed = DeviceEvent::Changed {
            records: Vec::new(),
            foreign: false,
        };
        assert_eq!(told(&[changed], true), "");
    }
}
