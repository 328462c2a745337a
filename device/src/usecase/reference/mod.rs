//! Units, field schemes, criteria sets and cycles: importing and listing what everything else names.
//!
//! Reasons of refused rows (`import.<reason>` of the screens). From the check of units
//! ([`cotmoc_core::org::Problem`]): `missing`, `wrong_kind`, `not_a_date`, `unknown_level`, `unknown_share`,
//! `not_a_code`, `unknown_unit`, `faulty_unit`, `refers_to_itself`, `listed_twice`,
//! `ends_before_it_begins`, `overlaps_row`, `differs_from_row`, `two_at_once`, `no_day_of_change`,
//! `code_held_twice`, `successors_without_end`, `successor_begins_late`, `successor_ended_before`,
//! `goes_in_circles`. From the files: `no_parent`, `too_large`, `too_long`, `secrecy_mark`, `formula`,
//! `cell_error`, `code_as_number`, `bad_unit_code`, `unknown_column`, `unknown_field`, `unknown_scheme`,
//! `unknown_value`, `bad_points`, `sum_differs`, `version_is_immutable`.
//!
//! Remarks on good rows (`remark.<code>` of the screens): `leaves_a_gap`, `successor_begins_early`, `no_parent`,
//! `parent_not_there` of units, `no_weights`, `no_criteria` of criteria sets.
//!
//! Why a file is not readable at all (`reason` of `import_not_readable`): `base64`, `utf8`, `json`, `schema`,
//! `list`; of workbooks `empty`, `not_xlsx`, `old_workbook`, `protected`, `cut_off`, `damaged`,
//! `repeated_part`, `encoding`, `sheet`, `column`. What there is too much of (`what` of `file_too_large`): `file`,
//! `rows`; of workbooks `unpacked`, `parts`, `tags`, `structure`, `cells`, `columns`, `text`.

mod columns;
mod criteria;
mod cycles;
mod file;
mod item;
mod package;
mod plan;
mod schemes;
mod template;
mod unit_import;
mod units;
mod xlsx;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cotmoc_core::access::Role;

use crate::contract::exchange::DeviceEvent;
use crate::contract::reference::{ImportReference, ImportReport, ReferenceKind, TemplateFile};
use crate::contract::{Nothing, Problem};
use crate::device::Device;

pub(crate) use criteria::{list_criteria, scoring_bar};
pub(crate) use cycles::{list_cycles, open_cycle};
pub(crate) use schemes::{fields_of_scheme, list_schemes};
pub(crate) use units::list_units;

/// The XLSX template for units.
pub(crate) fn unit_template(device: &Device, _: Nothing) -> Result<TemplateFile, Problem> {
    let bytes = template::template(device.units().all(), device.today())
        .map_err(|error| crate::problems::internal(&error))?;
    Ok(TemplateFile {
        file_name: template::FILE_NAME.to_owned(),
        content_base64: STANDARD.encode(bytes),
    })
}

/// Imports reference data: everything of the file in one transaction, or nothing.
pub(crate) fn import(device: &Device, request: ImportReference) -> Result<ImportReport, Problem> {
    let me = device.me()?;
    me.require(&[Role::Compiler, Role::Administrator])?;
    let bytes = file::decode(&request.content_base64)?;
    let units = device.units();
    let province = me.province;
    let home = || {
        let root = me.root_unit.ok_or_else(|| Problem::new("not_enrolled"))?;
        Ok::<_, Problem>(unit_import::Home { province, root })
    };
    let plan = match request.kind {
        ReferenceKind::UnitsJson => unit_import::plan_json(file::text(&bytes)?, units.all(), home()?)?,
        ReferenceKind::UnitsXlsx => xlsx::plan_xlsx(&bytes, units.all(), home()?)?,
        ReferenceKind::SchemesJson => {
            let (schemes, mappings) = (schemes::held_schemes(device)?, schemes::held_mappings(device)?);
            schemes::plan_json(province, file::text(&bytes)?, &schemes, &mappings)?
        }
        ReferenceKind::CriteriaJson => {
            criteria::plan_json(province, file::text(&bytes)?, &criteria::held_sets(device)?)?
        }
    };
    let apply = !request.check_only && plan.may_be_applied(request.accept_good_rows);
    if apply {
        let writes = plan.writes(me.province_scope());
        let total = writes.len() as u64;
        let progress = |done| DeviceEvent::Progress {
            work: "import".to_owned(),
            done,
            total: Some(total),
        };
        device.events.tell(&progress(0));
        device.write(&writes)?;
        device.reload_units()?;
        device.events.tell(&progress(total));
    }
    Ok(plan.report(apply))
}

#[cfg(test)]
mod tests;
