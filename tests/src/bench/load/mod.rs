//! A whole province that comes in one minute: hundreds of devices over slow links, then a server with no memory left.

mod flood;
mod province;
mod shaped;
mod told;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

pub use flood::{Flood, ask};
pub use province::{Found, Load, Province};
pub use shaped::{Link, Links, Shape};
pub use told::Told;

use super::workload::Chance;
use super::{Figure, median, quantile};

/// Devices that the bars ask for.
pub const DEVICES: u64 = 300;

/// What each of them carries.
const LOAD: Load = Load { edits: 50, photos: 2 };
/// When the last one starts.
const MINUTE: Duration = Duration::from_secs(60);
/// A load that is not done by then is not done.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Bits per second of the links: each has its own between these.
const RATES: [u64; 2] = [100_000, 400_000];
/// One way.
const DELAYS: [u64; 2] = [50, 300];

/// Devices that come to a server that has no memory left for strangers.
const AGAIN: usize = 20;
const SMALL_LOAD: Load = Load { edits: 5, photos: 0 };
/// Requests of somebody who would take all its memory, and what each says it has: as much as a server takes from whom
/// it does not know.
const FLOOD: usize = 140;
const FLOOD_BODY: usize = 2 * 1024 * 1024;

/// Measures `devices` at once, and what becomes of those who come while the server has no memory left.
///
/// # Errors
/// When the server or a device cannot be started, or a store cannot be read.
pub fn measure(devices: u64) -> Result<Vec<Figure>> {
    let mut province = Province::open(devices)?;
    let all = province.devices.len();
    province.enter(all, LOAD)?;
    for (number, device) in province.devices.iter().enumerate() {
        let mut chance = Chance::new(number as u64 + 1);
        device.follow(Shape {
            rate: RATES[0] + chance.below(RATES[1] - RATES[0] + 1),
            delay: Duration::from_millis(DELAYS[0] + chance.below(DELAYS[1] - DELAYS[0] + 1)),
        });
    }
    province.restart()?;
    let mut figures = vec![Figure::at_least(
        "load.devices",
        devices as f64,
        "",
        DEVICES as f64,
    )];
    let idle = province.server()?.memory()?;
    let before = province.server()?.processor()?;
    let began = Instant::now();
    let took = province.exchange_all(MINUTE, LONGEST)?;
    let lasted = began.elapsed().as_secs_f64();
    let spent = province.server()?.processor()?.saturating_sub(before);
    let memory = province.server()?.peak_memory_with_children()?;
    let told = province.told()?;
    let mb = |bytes: u64| bytes as f64 / 1_000_000.0;
    figures.extend([
        Figure::at_least("load.acknowledged", took.len() as f64, "", devices as f64),
        Figure::told("load.acknowledged.median", median(&took), "s"),
        Figure::told("load.acknowledged.p99", quantile(&took, 99), "s"),
        Figure::told("load.photos", mb(province.photo_bytes()), "MB"),
        Figure::told("load.lasted", lasted, "s"),
        Figure::told("load.requests", told.times.len() as f64, ""),
        Figure::told("load.turned_away", told.turned_away as f64, ""),
        Figure::told("load.server_time.median", median(&told.times), "ms"),
        Figure::told("load.server_time.p90", quantile(&told.times, 90), "ms"),
        Figure::under("load.server_time.p99", quantile(&told.times, 99), "ms", 2_000.0),
        Figure::told("load.server_time.longest", quantile(&told.times, 100), "ms"),
        Figure::told("load.server_processor", spent.as_secs_f64(), "s"),
        Figure::told("load.memory_before", mb(idle), "MB"),
        Figure::under("load.memory", mb(memory), "MB", 512.0),
    ]);
    figures.extend(overload(&mut province)?);
    let found = province.look_into_the_store()?;
    figures.extend([
        Figure::at_most("load.entries_lost", found.entries_lost as f64, "", 0.0),
        Figure::at_most("load.files_lost", found.files_lost as f64, "", 0.0),
    ]);
    Ok(figures)
}

/// Devices come while strangers hold all the memory that a server has for them: one more stranger is told to come back,
/// and the devices get through meanwhile.
fn overload(province: &mut Province) -> Result<Vec<Figure>> {
    eprintln!("Load: strangers take the server's memory for bodies that nobody has claimed …");
    let count = AGAIN.min(province.devices.len());
    let flood = Flood::open(province.server_address(), FLOOD, FLOOD_BODY)?;
    let answered = ask(province.server_address(), FLOOD_BODY)?;
    // They exchange by themselves by now.
    province.enter(count, SMALL_LOAD)?;
    let took = province.wait_for(count, LONGEST)?;
    let memory = province.server()?.peak_memory_with_children()?;
    let still = ask(province.server_address(), FLOOD_BODY)?;
    drop(flood);
    let wait = answered.retry_after.context("no Retry-After in the answer")?;
    Ok(vec![
        Figure::at_least("load.overload.status", f64::from(answered.status), "", 503.0),
        Figure::told("load.overload.retry_after", wait as f64, "s"),
        Figure::at_least("load.overload.acknowledged", took.len() as f64, "", count as f64),
        Figure::told("load.overload.after", quantile(&took, 100), "s"),
        // The strangers were there all the time.
        Figure::at_least("load.overload.status_after", f64::from(still.status), "", 503.0),
        Figure::under("load.overload.memory", memory as f64 / 1_000_000.0, "MB", 512.0),
    ])
}
