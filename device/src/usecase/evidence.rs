//! Photos and files as evidence for a registration or a visit.
//!
//! Whoever may edit the record may add to its evidence. What is added during a visit belongs to the visit's findings
//! and stays with the delegation as they do.

mod name;

use std::time::Instant;

use cotmoc_core::access::Role as Office;
use cotmoc_core::id::{AttachmentId, RecordId};
use cotmoc_core::journal::Scope;
use cotmoc_core::media::{Added, GeoPoint, MAX_CAPTION, Manifest, MediaType, Removed, Rendition, Role, Tail};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Attachment, HeldRendition, LedgerError, Write};

use crate::contract::Problem;
use crate::contract::evidence::{
    AddEvidence, EvidenceAdded, EvidenceKind, EvidenceList, EvidenceOf, EvidencePlace, EvidenceRow,
    RemoveEvidence,
};
use crate::contract::models::Held;
use crate::device::{Device, Me};
use crate::ids::{fresh, record_id};
use crate::photo::{self, MOST_PIXELS, Photo, Prepared, Unusable};
use crate::store::held;
use crate::uploads::too_large;
use crate::usecase::registrations::Loaded;
use crate::usecase::{personal_data, registrations, visits};

/// The record that evidence belongs to, and what this profile may do with it.
struct Target {
    scope: Scope,
    record: RecordId,
    kind: RecordKind,
    /// Begins the record where it may not exist yet.
    beginning: Option<Write>,
    /// Why this profile may not add or take back, if it may not.
    bar: Option<Problem>,
}

fn target(device: &Device, record: &str) -> Result<Target, Problem> {
    let id = record_id(record)?;
    let me = device.me()?;
    let kind = device.ledger.record(id)?.map(|held| held.kind);
    if kind == Some(RecordKind::Visit) {
        let visit = visits::load(device, record)?;
        let findings = visits::findings_id(id);
        let scope = visit.scope(&me);
        let named = vec![Edit::line("visit", visit.id.to_string())];
        return Ok(Target {
            scope,
            record: findings,
            kind: RecordKind::Findings,
            beginning: Some(Device::edit(scope, findings, RecordKind::Findings, named)),
            bar: match me.require(&visits::DELEGATION) {
                Err(problem) => Some(problem),
                Ok(()) if visit.is_of(&me) => None,
                Ok(()) => Some(Problem::new("not_your_visit")),
            },
        });
    }
    let loaded = registrations::load(device, id)?;
    Ok(Target {
        scope: me.unit_scope(loaded.unit),
        record: id,
        kind: RecordKind::Registration,
        beginning: None,
        bar: bar_of(&me, &loaded),
    })
}

fn bar_of(me: &Me, loaded: &Loaded) -> Option<Problem> {
    if let Err(problem) = me.require(&[Office::Post]) {
        return Some(problem);
    }
    let code = if me.unit().is_ok_and(|unit| unit != loaded.unit) {
        "not_my_unit"
    } else if !registrations::may_edit(me, loaded) {
        "registration_not_draft"
    } else if !loaded.is_begun {
        "evidence_needs_record"
    } else {
        return None;
    };
    Some(Problem::new(code))
}

fn writable(device: &Device, record: &str) -> Result<Target, Problem> {
    let mut target = target(device, record)?;
    match target.bar.take() {
        None => Ok(target),
        Some(problem) => Err(problem),
    }
}

pub(crate) fn list(device: &Device, request: EvidenceOf) -> Result<EvidenceList, Problem> {
    list_of(device, &target(device, &request.record)?)
}

fn list_of(device: &Device, target: &Target) -> Result<EvidenceList, Problem> {
    let code = target.record.to_string();
    let me = device.author.device();
    let (held, lacks, waiting) = device.ledger.read(|connection| -> Result<_, LedgerError> {
        Ok((
            held::held(connection, &code)?,
            held::lacks_files_of(connection, me)?,
            held::waiting_files(connection, target.record)?,
        ))
    })?;
    let attachments = device.ledger.attachments_of(target.record)?;
    // A receipt for the entry is none for the file: until the province has every file of this device that it could ask
    // for, its own count as sent.
    let is_lacking = |id: &AttachmentId| lacks || waiting.contains(id);
    let held_of = |attachment: &Attachment| match held {
        Held::Province if attachment.author == me && is_lacking(&attachment.id) => Held::Sent,
        held => held,
    };
    let rows = attachments
        .iter()
        .filter_map(|attachment| row(device, attachment, held_of(attachment)));
    Ok(EvidenceList {
        rows: rows.collect(),
        may_edit: target.bar.is_none(),
    })
}

/// The form that people look at: the largest one.
fn shown(attachment: &Attachment) -> Option<&HeldRendition> {
    attachment.renditions.last()
}

fn row(device: &Device, attachment: &Attachment, held: Held) -> Option<EvidenceRow> {
    let HeldRendition {
        rendition,
        held: chunks_here,
        complete,
    } = shown(attachment)?;
    let length = u64::from(rendition.length());
    let thumbnail = attachment
        .renditions
        .iter()
        .find(|form| form.rendition.role == Role::Thumbnail && form.complete);
    Some(EvidenceRow {
        id: attachment.id.to_string(),
        name: attachment.name.clone(),
        caption: attachment.caption.clone(),
        kind: match attachment.media_type {
            MediaType::Jpeg | MediaType::Webp => EvidenceKind::Photo,
            MediaType::Pdf => EvidenceKind::Document,
        },
        media_type: attachment.media_type.mime().to_owned(),
        bytes: length,
        width: rendition.width,
        height: rendition.height,
        blob: rendition.blob.to_string(),
        complete: *complete,
        bytes_here: (u64::from(*chunks_here) * cotmoc_core::media::CHUNK as u64).min(length),
        thumbnail: thumbnail.map(|form| form.rendition.blob.to_string()),
        place: attachment.place.map(|place| EvidencePlace {
            latitude: place.lat,
            longitude: place.lon,
        }),
        held,
        by: device.label_of(&attachment.author).0,
        added_at: attachment.claimed_at,
    })
}

pub(crate) fn add(device: &Device, request: AddEvidence) -> Result<EvidenceAdded, Problem> {
    let target = writable(device, &request.record)?;
    let caption = visits::about_people("caption", &request.caption, "", request.personal_data_checked)?;
    if caption.len() > MAX_CAPTION {
        return Err(Problem::new("too_long")
            .with("property", "caption")
            .with("cap", MAX_CAPTION));
    }
    let bytes = device
        .uploads
        .get(&request.upload, Instant::now())
        .ok_or_else(|| Problem::new("upload_gone").with("name", &request.name))?;
    let prepared = photo::prepare(&bytes, request.keep_place).map_err(|why| unusable(why, &request.name))?;
    let (media_type, place, forms) = match &prepared {
        Prepared::Photo(photo) => (MediaType::Jpeg, place(photo), forms(photo)),
        Prepared::Document => (MediaType::Pdf, None, vec![(Role::Original, (0, 0), &bytes[..])]),
    };
    let name = name::cleaned(&request.name, media_type);
    personal_data::check_one("file_name", &name, true)?;
    let renditions = renditions(&forms).ok_or_else(|| unusable(Unusable::Damaged, &name))?;
    refuse_second(device, &target, &renditions)?;
    let id = AttachmentId(fresh(device.now())?);
    for (_, _, bytes) in &forms {
        device.ledger.store_blob(bytes)?;
    }
    let manifest = Manifest::Added(Added {
        id,
        name,
        media_type,
        caption,
        place,
        renditions,
        tail: Tail::default(),
    });
    attach(device, &target, manifest)?;
    device.uploads.forget(&request.upload);
    let list = list_of(device, &target)?;
    let row = list.rows.iter().find(|row| row.id == id.to_string()).cloned();
    let row = row.ok_or_else(|| Problem::new("no_record").with("record", id))?;
    Ok(EvidenceAdded { row, list })
}

fn place(photo: &Photo) -> Option<GeoPoint> {
    photo.taken_at.map(|place| GeoPoint {
        lat: place.latitude,
        lon: place.longitude,
    })
}

type Form<'a> = (Role, (u32, u32), &'a [u8]);

fn forms(photo: &Photo) -> Vec<Form<'_>> {
    [
        (Role::Thumbnail, &photo.thumbnail),
        (Role::Working, &photo.working),
    ]
    .map(|(role, rendition)| {
        (
            role,
            (rendition.width, rendition.height),
            rendition.bytes.as_slice(),
        )
    })
    .into()
}

fn renditions(forms: &[Form<'_>]) -> Option<Vec<Rendition>> {
    let of = forms.iter();
    of.map(|(role, size, bytes)| Rendition::of(*role, *size, bytes))
        .collect()
}

/// [`add`] for the simulator of fleets, whose records no use case made.
#[cfg(feature = "simulation")]
pub(crate) fn add_photo(
    device: &Device,
    (scope, record, kind): (Scope, RecordId, RecordKind),
    bytes: &[u8],
) -> Result<Vec<cotmoc_core::media::BlobId>, Problem> {
    const NAME: &str = "anh.jpg";
    let Ok(Prepared::Photo(photo)) = photo::prepare(bytes, false) else {
        return Err(unusable(Unusable::NotAccepted, NAME));
    };
    let forms = forms(&photo);
    let renditions = renditions(&forms).ok_or_else(|| unusable(Unusable::Damaged, NAME))?;
    let mut blobs = Vec::new();
    for (_, _, bytes) in &forms {
        blobs.push(device.ledger.store_blob(bytes)?);
    }
    let manifest = Manifest::Added(Added {
        id: AttachmentId(fresh(device.now())?),
        name: NAME.to_owned(),
        media_type: MediaType::Jpeg,
        caption: String::new(),
        place: None,
        renditions,
        tail: Tail::default(),
    });
    let target = Target {
        scope,
        record,
        kind,
        beginning: None,
        bar: None,
    };
    attach(device, &target, manifest)?;
    Ok(blobs)
}

/// The same picture twice is a slip of the hand, and costs a slow link twice the attention.
fn refuse_second(device: &Device, target: &Target, renditions: &[Rendition]) -> Result<(), Problem> {
    let Some(new) = renditions.last() else {
        return Ok(());
    };
    let known = device.ledger.attachments_of(target.record)?;
    let is_same =
        |attachment: &&Attachment| shown(attachment).is_some_and(|form| form.rendition.blob == new.blob);
    match known.iter().find(is_same) {
        Some(known) => Err(Problem::new("evidence_already").with("name", &known.name)),
        None => Ok(()),
    }
}

pub(crate) fn remove(device: &Device, request: RemoveEvidence) -> Result<EvidenceList, Problem> {
    let target = writable(device, &request.record)?;
    let known = device.ledger.attachments_of(target.record)?;
    let found = known
        .iter()
        .find(|attachment| attachment.id.to_string() == request.attachment);
    let found = found.ok_or_else(|| Problem::new("no_record").with("record", &request.attachment))?;
    let removed = Removed {
        id: found.id,
        tail: Tail::default(),
    };
    attach(device, &target, Manifest::Removed(removed))?;
    list_of(device, &target)
}

fn attach(device: &Device, target: &Target, manifest: Manifest) -> Result<(), Problem> {
    let attaching = Write::Attach {
        scope: target.scope,
        record: target.record,
        kind: target.kind,
        manifest,
    };
    let writes: Vec<Write> = target.beginning.iter().cloned().chain([attaching]).collect();
    device.write(&writes)?;
    Ok(())
}

fn unusable(why: Unusable, name: &str) -> Problem {
    let problem = match why {
        Unusable::TooLarge(most) => too_large(most),
        Unusable::TooManyPixels => {
            Problem::new("evidence_too_many_pixels").with("most", MOST_PIXELS / 1_000_000)
        }
        Unusable::NotAccepted => Problem::new("evidence_not_accepted"),
        Unusable::Damaged => Problem::new("evidence_damaged"),
    };
    problem.with("name", name)
}
