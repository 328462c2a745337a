//! The hub on the table from a terminal: shows how to join, says who comes, and closes with Ctrl-C or by itself.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use anyhow::Result;
use cotmoc_device::Desk;
use cotmoc_device::contract::Problem;
use cotmoc_device::contract::exchange::DeviceEvent;
use cotmoc_device::contract::hub::{HubStatus, OpenHubView};
use cotmoc_hub::LanHubs;
use serde_json::{Value, json};

use crate::call::Place;
use crate::words;

/// Keeps a hub until it closes by itself or the person ends the program.
pub fn run(place: &Place, minutes: Option<u32>) -> Result<ExitCode> {
    match keep(place, minutes)? {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(problem) => {
            words::print(&problem);
            Ok(ExitCode::FAILURE)
        }
    }
}

fn keep(place: &Place, minutes: Option<u32>) -> Result<Result<(), Problem>> {
    let mut desk = match place.desk() {
        Ok(desk) => desk,
        Err(problem) => return Ok(Err(problem)),
    };
    if let Some(problem) = desk.why_closed() {
        return Ok(Err(problem));
    }
    desk.host_hubs(Arc::new(LanHubs::on_every_network()));
    // What guests bring goes on to the province when there is a connection.
    desk.exchange_by_itself();
    let open = match desk.call("hub.open", json!({ "minutes": minutes })) {
        Ok(answer) => serde_json::from_value::<HubStatus>(answer)?.open,
        Err(problem) => return Ok(Err(problem)),
    };
    if let Some(open) = &open {
        show(open)?;
    }
    let stopped = Arc::new(tokio::sync::Notify::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let desk = Arc::new(desk);
    let watching = {
        let (desk, stopped) = (desk.clone(), stopped.clone());
        std::thread::spawn(move || {
            watch(&desk);
            stopped.notify_one();
        })
    };
    runtime.block_on(async {
        tokio::select! {
            () = stopped.notified() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    });
    let closed = desk.call("hub.close", Value::Null).map(drop);
    let _ = watching.join();
    Ok(closed)
}

/// Tells of guests until the hub is closed.
fn watch(desk: &Desk) {
    let Some(listener) = desk.device().map(|device| device.listen()) else {
        return;
    };
    let mut told = None;
    loop {
        let open = desk.call("hub.status", Value::Null).ok();
        let open = open.and_then(|answer| serde_json::from_value::<HubStatus>(answer).ok());
        let Some(open) = open.and_then(|status| status.open) else {
            return;
        };
        let counts = (open.guests.len(), open.taken, open.given);
        if told.replace(counts) != Some(counts) && !open.guests.is_empty() {
            let (guests, taken, given) = counts;
            eprintln!("máy đã nối: {guests}, nhận: {taken}, trao: {given} (guests, taken, given)");
        }
        // Something else than this hub is of no interest here.
        while !matches!(
            listener.recv_timeout(Duration::from_secs(1)),
            Ok(DeviceEvent::Hub { .. }) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)
        ) {}
    }
}

/// The text alone goes to standard output; a person at a terminal sees the code too.
fn show(open: &OpenHubView) -> Result<()> {
    writeln!(io::stdout(), "{}", open.invitation)?;
    for address in &open.addresses {
        eprintln!("{address}");
    }
    if io::stderr().is_terminal() {
        eprintln!("{}", qr(&open.invitation)?);
    }
    eprintln!("Ctrl-C để đóng (closes the hub)");
    Ok(())
}

/// Dark on light in half blocks, also on a dark terminal.
fn qr(text: &str) -> Result<String> {
    use qrcode::render::unicode::Dense1x2;
    let code = qrcode::QrCode::with_error_correction_level(text.to_uppercase(), qrcode::EcLevel::L)?;
    let mut code = code.render::<Dense1x2>();
    Ok(code
        .dark_color(Dense1x2::Dark)
        .light_color(Dense1x2::Light)
        .build())
}
