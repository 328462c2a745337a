//! A stick between two devices: a real bundle, sealed for its receiver, which may be cut or altered on the way.

use anyhow::{Result, anyhow};
use cotmoc_core::exchange::Load;
use cotmoc_core::id::ProvinceId;
use cotmoc_core::org::Day;
use cotmoc_device::Device;
use cotmoc_ledger::SetAsideGoes;
use cotmoc_ledger::bundle::{BundleWriter, NewBundle, Watch, open};

use crate::bench::workload::Chance;

/// About how much goes into one frame, bytes.
const FRAME: u64 = 64 * 1024;

/// Writes everything that both may see onto a stick. Gives its files.
pub(super) fn fill(
    from: &Device,
    to: &Device,
    province: ProvinceId,
    folder: &std::path::Path,
) -> Result<Vec<std::path::PathBuf>> {
    let roster = from
        .ledger()
        .roster(province)
        .ok_or_else(|| anyhow!("no roster"))?;
    let (sender, receiver) = (from.author(), to.author().device());
    let mine = from.ledger().visible_to(&roster, &sender.device())?;
    let both = mine.and(&from.ledger().visible_to(&roster, &receiver)?);
    let heads = from.ledger().heads(&both)?;
    let mut logs: Vec<_> = heads.iter().map(|head| (head.log, 0)).collect();
    std::fs::create_dir_all(folder)?;
    let new = NewBundle {
        province,
        province_short: "mo-phong",
        sender: &sender.key,
        incarnation: sender.incarnation,
        claimed_at: 0,
        day: Day::new(2026, 11, 22)?,
        recipients: &[receiver],
        extensions: Vec::new(),
        max_part_bytes: 1024 * 1024,
    };
    let mut writer = BundleWriter::start(folder, new, Watch::nobody())?;
    loop {
        let rest = from.ledger().rest_of(&logs, FRAME, SetAsideGoes::Whole)?;
        let load = Load {
            pack: rest.pack,
            ..Load::default()
        };
        writer.frame(1, &load.to_bytes())?;
        if !rest.more {
            return Ok(writer.finish()?.files);
        }
        let before = logs.clone();
        for (log, after) in &mut logs {
            *after = rest.reached.get(log).copied().unwrap_or(*after);
        }
        // What cannot be handed on stays behind.
        if logs == before {
            return Ok(writer.finish()?.files);
        }
    }
}

/// What a pocket does to a stick.
pub(super) fn damage(file: &std::path::Path, chance: &mut Chance) -> Result<()> {
    let mut bytes = std::fs::read(file)?;
    let at = chance.below(bytes.len() as u64) as usize;
    if chance.below(2) == 0 {
        bytes.truncate(at);
    } else if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
    Ok(std::fs::write(file, bytes)?)
}

/// Reads a part; true when all of it was whole. What stood in front of a damaged place is kept.
pub(super) fn empty(to: &Device, file: &std::path::Path) -> Result<bool> {
    let Ok(frames) = open(file, &to.author().key) else {
        return Ok(false);
    };
    for frame in frames {
        let Ok(frame) = frame else { return Ok(false) };
        let Ok(load) = Load::from_bytes(&frame.bytes) else {
            return Ok(false);
        };
        to.ledger().receive(&load.pack)?;
    }
    Ok(true)
}
