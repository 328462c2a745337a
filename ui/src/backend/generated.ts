// generated from schema.json by `make schema`; do not edit

/**
 * What this profile may do; decided by its grant.
 */
export type RoleName = 'post' | 'member' | 'secretary' | 'head' | 'compiler' | 'administrator';
/**
 * What the exchange is doing.
 */
export type ExchangeState =
  | {
      state: 'no_remote';
    }
  | {
      state: 'idle';
    }
  | {
      state: 'running';
      phase: ExchangePhase;
      /**
       * Bytes or records done.
       */
      done: number;
      /**
       * Bytes or records in all, when known.
       */
      total: number | null;
    }
  | {
      state: 'waiting';
      /**
       * Claimed time of the next try.
       */
      next_try: number;
    };
/**
 * Step of a running exchange.
 */
export type ExchangePhase = 'sending' | 'receiving' | 'applying';
/**
 * How the key of this device's database is kept.
 */
export type KeyKeeping = 'keyring' | 'passphrase' | 'bare';
/**
 * Language of the screens.
 */
export type Language = 'vi' | 'en';
/**
 * Whether a registration is new this year or continues.
 */
export type RegistrationKind = 'new' | 'maintained' | 'not_split';
/**
 * What a model is called in the field's words.
 */
export type ModelKind = 'mo_hinh' | 'chuong_trinh' | 'phan_viec';
/**
 * Status of a registration, derived from the unit's record and the province's review.
 */
export type RegistrationStatus = 'draft' | 'submitted' | 'returned' | 'active' | 'closed' | 'discarded';
/**
 * Where the newest change of a record is held.
 */
export type Held = 'this_device' | 'sent' | 'province';
/**
 * Which reference data a file holds.
 */
export type ReferenceKind = 'units_json' | 'units_xlsx' | 'schemes_json' | 'criteria_json';
/**
 * Scale of a criteria set.
 */
export type ScaleView =
  | {
      type: 'points';
      /**
       * Maximum of the whole set, hundredths.
       */
      max: number;
      /**
       * Step, hundredths.
       */
      step: number;
    }
  | {
      type: 'pass_fail';
    }
  | {
      type: 'checklist';
    };
/**
 * A compiler's decision.
 */
export type ReviewDecision = 'returned' | 'accepted';
/**
 * Kinds of findings.
 */
export type FindingKind = 'unit_report' | 'strength' | 'limitation' | 'cause' | 'proposal' | 'request' | 'lesson';
/**
 * Progress and news while a door is open.
 */
export type DeviceEvent =
  | {
      event: 'exchange';
      state: ExchangeState;
    }
  | {
      event: 'changed';
      /**
       * Record ids; empty means many.
       */
      records: string[];
      /**
       * The change came from another device.
       */
      foreign: boolean;
    }
  | {
      event: 'progress';
      /**
       * What: `import`, `rebuild`.
       */
      work: string;
      /**
       * Done.
       */
      done: number;
      /**
       * In all, when known.
       */
      total: number | null;
    };

/**
 * Every use case: what is asked and what is answered.
 */
export interface Methods {
  'status.get': {
    params: Nothing;
    answer: Status;
  };
  'settings.set': {
    params: Settings;
    answer: Settings;
  };
  'passphrase.change': {
    params: ChangePassphrase;
    answer: Nothing;
  };
  'home.get': {
    params: Nothing;
    answer: Home;
  };
  'search.everywhere': {
    params: SearchEverywhere;
    answer: SearchHits;
  };
  'enrolment.inspect': {
    params: InvitationText;
    answer: InvitationView;
  };
  'enrolment.accept': {
    params: Enrol;
    answer: Status;
  };
  'enrolment.invite': {
    params: Invite;
    answer: InvitationMade;
  };
  'devices.list': {
    params: Nothing;
    answer: DeviceList;
  };
  'devices.revoke': {
    params: Revoke;
    answer: Nothing;
  };
  'units.list': {
    params: ListUnits;
    answer: UnitList;
  };
  'units.template': {
    params: Nothing;
    answer: TemplateFile;
  };
  'reference.import': {
    params: ImportReference;
    answer: ImportReport;
  };
  'schemes.list': {
    params: Nothing;
    answer: SchemeList;
  };
  'criteria.list': {
    params: Nothing;
    answer: CriteriaList;
  };
  'cycles.list': {
    params: Nothing;
    answer: CycleList;
  };
  'cycles.open': {
    params: OpenCycle;
    answer: CycleRow;
  };
  'campaigns.list': {
    params: Nothing;
    answer: CampaignList;
  };
  'campaigns.create': {
    params: CreateCampaign;
    answer: CampaignRow;
  };
  'delegations.set': {
    params: SetDelegation;
    answer: DelegationRow;
  };
  'models.list': {
    params: ListModels;
    answer: ModelPage;
  };
  'models.facets': {
    params: ModelFilter;
    answer: ModelFacets;
  };
  'models.close': {
    params: CloseModel;
    answer: Nothing;
  };
  'registrations.get': {
    params: RegistrationId;
    answer: RegistrationView;
  };
  'registrations.start': {
    params: StartRegistration;
    answer: RegistrationView;
  };
  'registrations.carry_over': {
    params: CarryOver;
    answer: RegistrationView;
  };
  'registrations.save': {
    params: SaveRegistration;
    answer: RegistrationView;
  };
  'registrations.submit': {
    params: SubmitRegistration;
    answer: RegistrationView;
  };
  'registrations.discard': {
    params: DiscardRegistration;
    answer: RegistrationView;
  };
  'registrations.review': {
    params: ReviewRegistration;
    answer: RegistrationView;
  };
  'registrations.history': {
    params: RegistrationId;
    answer: History;
  };
  'figures.read': {
    params: ReadFigure;
    answer: FigureView;
  };
  'text.check': {
    params: CheckText;
    answer: TextCheck;
  };
  'unit_figures.get': {
    params: GetUnitFigures;
    answer: UnitFiguresView;
  };
  'unit_figures.save': {
    params: SaveUnitFigures;
    answer: UnitFiguresView;
  };
  'typing.keep': {
    params: KeepTyping;
    answer: Nothing;
  };
  'typing.get': {
    params: RecordRef;
    answer: KeptTyping;
  };
  'visits.list': {
    params: Nothing;
    answer: VisitList;
  };
  'visits.start': {
    params: StartVisit;
    answer: VisitView;
  };
  'visits.get': {
    params: VisitId;
    answer: VisitView;
  };
  'visits.save': {
    params: SaveVisit;
    answer: VisitView;
  };
  'findings.put': {
    params: PutFinding;
    answer: VisitView;
  };
  'findings.remove': {
    params: RemoveFinding;
    answer: VisitView;
  };
  'scores.get': {
    params: ScoreOf;
    answer: ScoreSheetView;
  };
  'scores.save': {
    params: SaveScores;
    answer: ScoreSheetView;
  };
  'scores.compare': {
    params: ScoreOf;
    answer: ScoreComparison;
  };
  'scores.agree': {
    params: AgreeScore;
    answer: ScoreComparison;
  };
  'differences.list': {
    params: Nothing;
    answer: DifferenceList;
  };
  'differences.resolve': {
    params: ResolveDifference;
    answer: DifferenceList;
  };
  'totals.get': {
    params: GetTotals;
    answer: Totals;
  };
  'exchange.run': {
    params: Nothing;
    answer: ExchangeOutcome;
  };
  'exchange.get': {
    params: Nothing;
    answer: ExchangeView;
  };
  'exchange.retry': {
    params: RetrySetAside;
    answer: ExchangeView;
  };
  'journal.rebuild': {
    params: Nothing;
    answer: RebuildReport;
  };
  'profiles.list': {
    params: Nothing;
    answer: ProfileList;
  };
  'profiles.add': {
    params: AddProfile;
    answer: ProfileList;
  };
  'profiles.open': {
    params: OpenProfile;
    answer: ProfileList;
  };
  'profiles.close': {
    params: Nothing;
    answer: ProfileList;
  };
}
/**
 * A request without parameters, or an answer without content.
 */
export interface Nothing {}
/**
 * Who this profile is and what state its records are in; the header and the state chip show it.
 */
export interface Status {
  /**
   * Short fingerprint of this device's key, as people compare it.
   */
  device: string;
  /**
   * Absent until the device is enrolled.
   */
  identity: Identity | null;
  /**
   * Entries of this device that the province has not confirmed.
   */
  unsent: number;
  /**
   * Of these, entries that were sent and wait for the receipt.
   */
  sent_unconfirmed: number;
  /**
   * Records with differing content that wait for a decision.
   */
  differences: number;
  /**
   * Entries set aside or refused, with a reason.
   */
  set_aside: number;
  /**
   * When the province last answered, claimed time of this device; absent if never.
   */
  last_contact: number | null;
  exchange: ExchangeState;
  key_keeping: KeyKeeping;
  /**
   * This device's clock is behind or far ahead of the newest times that others claim.
   */
  clock_doubtful: boolean;
  settings: Settings;
  /**
   * The year of the newest open registration cycle this device knows, if any.
   */
  current_cycle: string | null;
}
/**
 * The enrolled identity of a profile.
 */
export interface Identity {
  role: RoleName;
  /**
   * The unit (post) or delegation the grant names; the province for compilers and administrators.
   */
  holder_id: string;
  /**
   * Its name, or its number for a delegation.
   */
  holder_name: string;
  /**
   * Assessor slot of a delegation member, from 1.
   */
  slot: number | null;
  /**
   * The province's id.
   */
  province_id: string;
  /**
   * The province's name.
   */
  province_name: string;
  /**
   * Label given to this device at enrolment, for example "Máy tính trực ban".
   */
  label: string;
  /**
   * The province has revoked this device; its later work waits for review.
   */
  revoked: boolean;
  /**
   * Where the province server is.
   */
  server: string;
}
/**
 * Settings of a profile; they stay on this device.
 */
export interface Settings {
  language?: Language;
  /**
   * Large type and high contrast for sunlight.
   */
  sunlight?: boolean;
  /**
   * Exchange by itself when a connection appears.
   */
  automatic_exchange?: boolean;
}
/**
 * Sets, changes or removes the passphrase that wraps the database key.
 */
export interface ChangePassphrase {
  /**
   * Present when the key is wrapped now.
   */
  current?: string | null;
  /**
   * The new one (at least 8 characters), or nothing to leave the key bare.
   */
  new?: string | null;
}
/**
 * What the first screen shows; parts that do not concern the role are empty.
 */
export interface Home {
  /**
   * Post: returned registrations, newest first.
   */
  returned: ModelRow[];
  /**
   * Post: drafts; compiler: submitted registrations that wait for a decision (first 10).
   */
  waiting: ModelRow[];
  /**
   * How many `waiting` there are in all.
   */
  waiting_count: number;
  /**
   * Post: own models of the newest cycle.
   */
  own_models: number;
  /**
   * Post: models of an earlier cycle that were not carried over.
   */
  to_carry_over: number;
  /**
   * Registrations whose newest change the province has not confirmed.
   */
  not_held: number;
  /**
   * Delegation: visits.
   */
  visits: VisitRow[];
  /**
   * Delegation: units without a visit yet.
   */
  unvisited: DelegationUnit[];
  /**
   * Compiler: totals of the newest cycle.
   */
  sum: TotalCell | null;
  /**
   * Compiler: units that have not reported, by name.
   */
  missing: string[];
  /**
   * Compiler: units that reported.
   */
  reported: number;
  /**
   * Compiler: units expected.
   */
  expected: number;
  /**
   * Possible duplicates that wait for a look.
   */
  possible_duplicates: number;
  /**
   * Year of the newest cycle.
   */
  year: number | null;
}
/**
 * One registration of a model as a row.
 */
export interface ModelRow {
  /**
   * Registration.
   */
  registration: string;
  /**
   * Model.
   */
  model: string;
  /**
   * Name.
   */
  name: string;
  /**
   * Owner unit.
   */
  unit: string;
  /**
   * Its name.
   */
  unit_name: string;
  /**
   * Year.
   */
  year: number;
  /**
   * Field code; absent when not chosen.
   */
  field: string | null;
  /**
   * Place as written.
   */
  place: string;
  kind: RegistrationKind;
  model_kind: ModelKind;
  status: RegistrationStatus;
  held: Held;
  /**
   * Differing content waits for a decision.
   */
  differs: boolean;
  /**
   * The same unit has another registration of nearly the same name in this cycle.
   */
  possible_duplicate: boolean;
  /**
   * Newest claimed time of a change.
   */
  changed_at: number;
  /**
   * Demonstration data.
   */
  demonstration: boolean;
}
/**
 * One visit.
 */
export interface VisitRow {
  /**
   * Record id.
   */
  visit: string;
  /**
   * Unit.
   */
  unit: string;
  /**
   * Its name.
   */
  unit_name: string;
  /**
   * Campaign title.
   */
  campaign_title: string;
  /**
   * Delegation number.
   */
  delegation_number: number;
  /**
   * Day as typed: ISO, or a partial date such as `--05-11`.
   */
  day: string;
  /**
   * Models to score.
   */
  models: number;
  /**
   * Score sheets of mine that are complete.
   */
  my_complete: number;
  /**
   * Findings.
   */
  findings: number;
  held: Held;
}
/**
 * A unit of a delegation.
 */
export interface DelegationUnit {
  /**
   * Id.
   */
  id: string;
  /**
   * Name.
   */
  name: string;
}
/**
 * Counts of distinct models.
 */
export interface TotalCell {
  /**
   * All.
   */
  total: number;
  /**
   * Newly registered.
   */
  new: number;
  /**
   * Maintained.
   */
  maintained: number;
  /**
   * Not split.
   */
  not_split: number;
  /**
   * By field, in the order of `fields`.
   */
  by_field: number[];
  /**
   * Without a field of the scheme.
   */
  unclassified: number;
}
/**
 * Searches everything this device holds.
 */
export interface SearchEverywhere {
  /**
   * As typed.
   */
  query: string;
}
/**
 * Hits of a search.
 */
export interface SearchHits {
  /**
   * Best first, at most 30.
   */
  hits: SearchHit[];
}
/**
 * One hit.
 */
export interface SearchHit {
  /**
   * `registration`, `unit` or `visit`.
   */
  kind: string;
  /**
   * Record id.
   */
  id: string;
  /**
   * Title.
   */
  title: string;
  /**
   * Second line.
   */
  detail: string;
}
/**
 * An invitation as text (what the QR code carries).
 */
export interface InvitationText {
  /**
   * The whole text, `cotmoc1:…`.
   */
  invitation: string;
}
/**
 * What an invitation says, before it is used.
 */
export interface InvitationView {
  /**
   * Server address.
   */
  server: string;
  /**
   * Fingerprint of the province's key, in groups people can compare.
   */
  fingerprint: string;
  /**
   * Province.
   */
  province_name: string;
  role: RoleName;
  /**
   * Unit or delegation that will be granted.
   */
  holder_name: string;
  /**
   * Assessor slot, for delegation roles.
   */
  slot: number | null;
  /**
   * End of validity by the server's clock.
   */
  expires_at: number;
}
/**
 * Uses an invitation on this device.
 */
export interface Enrol {
  /**
   * The whole text.
   */
  invitation: string;
  /**
   * How this device is called, for example "Máy tính trực ban".
   */
  label: string;
}
/**
 * Makes an invitation (administrators and compilers).
 */
export interface Invite {
  role: RoleName;
  /**
   * The unit, for a post.
   */
  unit?: string | null;
  /**
   * The delegation, for head, secretary and member.
   */
  delegation?: string | null;
  /**
   * Assessor slot, for delegation roles; from 1.
   */
  slot?: number | null;
  /**
   * Days until it expires, 1 to 60.
   */
  valid_days: number;
}
/**
 * A fresh invitation, to be handed over by QR or text.
 */
export interface InvitationMade {
  /**
   * The text, `cotmoc1:…`.
   */
  invitation: string;
  /**
   * The same as a QR code, an SVG image.
   */
  qr_svg: string;
  view: InvitationView;
  /**
   * It works only after this device's next exchange has brought it to the province.
   */
  needs_exchange: boolean;
}
/**
 * The devices of the province (administrators and compilers).
 */
export interface DeviceList {
  /**
   * In order of enrolment.
   */
  devices: DeviceRow[];
}
/**
 * One enrolled device.
 */
export interface DeviceRow {
  /**
   * Its public key, hexadecimal.
   */
  device: string;
  /**
   * Label given at enrolment.
   */
  label: string;
  role: RoleName;
  /**
   * Unit, delegation or province it works for.
   */
  holder_name: string;
  /**
   * Assessor slot, for delegation roles.
   */
  slot: number | null;
  /**
   * Claimed time of the grant.
   */
  granted_at: number;
  /**
   * Set when the province has revoked it.
   */
  revoked: boolean;
  /**
   * A revocation is on its way but has not reached the province.
   */
  revocation_pending: boolean;
  /**
   * This device.
   */
  is_this: boolean;
}
/**
 * Revokes a lost device.
 */
export interface Revoke {
  /**
   * Its public key, hexadecimal.
   */
  device: string;
  /**
   * Why, in words.
   */
  reason: string;
}
/**
 * Asks for units.
 */
export interface ListUnits {
  /**
   * Units as they were on this day; today when absent.
   */
  day?: string | null;
  /**
   * Folded search.
   */
  query?: string | null;
  /**
   * Only units below this one (and itself).
   */
  within?: string | null;
  /**
   * Also units that are not valid on that day.
   */
  include_past?: boolean;
}
/**
 * Units in the order of the tree.
 */
export interface UnitList {
  /**
   * Parents before children, siblings by the Vietnamese alphabet.
   */
  units: UnitRow[];
}
/**
 * One unit.
 */
export interface UnitRow {
  /**
   * Id.
   */
  id: string;
  /**
   * Name on that day.
   */
  name: string;
  /**
   * Level, for example `province`, `district`, `commune`, `border_post`.
   */
  level: string;
  /**
   * Parent on that day.
   */
  parent: string | null;
  /**
   * Depth below the root, from 0.
   */
  depth: number;
  /**
   * Code on that day.
   */
  code: string | null;
  /**
   * First day, if known.
   */
  valid_from: string | null;
  /**
   * First day it is no longer valid, if any.
   */
  valid_until: string | null;
  /**
   * Names of the successors, if it has ended.
   */
  successors: string[];
  /**
   * This is demonstration data, not a real unit.
   */
  demonstration: boolean;
}
/**
 * The XLSX template for units.
 */
export interface TemplateFile {
  /**
   * Proposed file name.
   */
  file_name: string;
  /**
   * The file, base64.
   */
  content_base64: string;
}
/**
 * Imports reference data (compilers and administrators).
 */
export interface ImportReference {
  kind: ReferenceKind;
  /**
   * The file's bytes, base64.
   */
  content_base64: string;
  /**
   * Apply the good rows although others are refused. Without it one bad row stops the whole file.
   */
  accept_good_rows?: boolean;
  /**
   * Only say what would happen.
   */
  check_only?: boolean;
}
/**
 * What an import did or would do.
 */
export interface ImportReport {
  /**
   * Records were written.
   */
  applied: boolean;
  /**
   * Rows that are good.
   */
  good: number;
  /**
   * Of these, new records.
   */
  created: number;
  /**
   * Of these, changed records.
   */
  changed: number;
  /**
   * Rows that were refused.
   */
  refused: RefusedRow[];
}
/**
 * A row of an imported file that was refused.
 */
export interface RefusedRow {
  /**
   * Row number as the spreadsheet shows it, or the position in the JSON list, from 1.
   */
  row: number;
  /**
   * Column heading or property name.
   */
  column: string;
  /**
   * Reason code; the screens have the words (`import.<reason>`).
   */
  reason: string;
  /**
   * What was found there.
   */
  value: string;
}
/**
 * Field schemes.
 */
export interface SchemeList {
  /**
   * By id.
   */
  schemes: SchemeRow[];
}
/**
 * A field scheme: the fields under which a province counts models.
 */
export interface SchemeRow {
  /**
   * Id.
   */
  id: string;
  /**
   * Whose scheme it is.
   */
  owner: string;
  /**
   * First year, if known.
   */
  valid_from: string | null;
  /**
   * The fields, in the scheme's order.
   */
  fields: FieldRow[];
}
/**
 * One field of a scheme.
 */
export interface FieldRow {
  /**
   * Code, for example `VHXH`.
   */
  code: string;
  /**
   * Vietnamese label of the scheme.
   */
  vi: string;
  /**
   * English label.
   */
  en: string;
}
/**
 * Criteria sets.
 */
export interface CriteriaList {
  /**
   * By id and version.
   */
  sets: CriteriaSetView[];
}
/**
 * A version of a criteria set. Points are in hundredths, so nothing is ever rounded.
 */
export interface CriteriaSetView {
  /**
   * Record id of this version.
   */
  id: string;
  /**
   * Code, for example `cs-mo-hinh-100`.
   */
  code: string;
  /**
   * Version.
   */
  version: string;
  /**
   * Title.
   */
  title: string;
  /**
   * What it evaluates: `model`, `unit` or `registration`.
   */
  level: string;
  scale: ScaleView;
  /**
   * The weights were constructed for this program, not published by a province.
   */
  constructed: boolean;
  /**
   * Where it comes from, in words.
   */
  provenance: string;
  /**
   * Groups in order.
   */
  groups: CriteriaGroup[];
  /**
   * Bands from the highest down.
   */
  bands: Band[];
}
/**
 * A group of criteria.
 */
export interface CriteriaGroup {
  /**
   * Code.
   */
  code: string;
  /**
   * Vietnamese.
   */
  vi: string;
  /**
   * Maximum of the group, hundredths.
   */
  max: number | null;
  /**
   * Criteria in order.
   */
  criteria: Criterion[];
}
/**
 * One criterion.
 */
export interface Criterion {
  /**
   * Code, for example `C1`.
   */
  code: string;
  /**
   * Vietnamese.
   */
  vi: string;
  /**
   * English, when there is one.
   */
  en: string | null;
  /**
   * Maximum, hundredths; absent for pass/fail.
   */
  max: number | null;
  /**
   * Zero here rules out recognition.
   */
  mandatory: boolean;
}
/**
 * A band of the total.
 */
export interface Band {
  /**
   * Code, for example `tot`.
   */
  code: string;
  /**
   * Vietnamese.
   */
  vi: string;
  /**
   * Lowest total, hundredths.
   */
  min: number;
}
/**
 * Registration cycles.
 */
export interface CycleList {
  /**
   * Newest first.
   */
  cycles: CycleRow[];
}
/**
 * A yearly registration cycle.
 */
export interface CycleRow {
  /**
   * Record id.
   */
  id: string;
  /**
   * Year.
   */
  year: number;
  /**
   * First day, ISO.
   */
  opens: string | null;
  /**
   * Last day for registrations, ISO.
   */
  closes: string | null;
  /**
   * Field scheme.
   */
  scheme: string;
  /**
   * Whose scheme.
   */
  scheme_owner: string;
  /**
   * Fields of that scheme.
   */
  fields: FieldRow[];
  /**
   * Criteria set version (record id), if pinned.
   */
  criteria: string | null;
  /**
   * Units whose registration is expected; empty means every unit that has a device.
   */
  expected_units: string[];
}
/**
 * Opens a yearly cycle (compilers).
 */
export interface OpenCycle {
  /**
   * Year.
   */
  year: number;
  /**
   * First day, ISO.
   */
  opens?: string | null;
  /**
   * Last day, ISO.
   */
  closes?: string | null;
  /**
   * Scheme id.
   */
  scheme: string;
  /**
   * Criteria set version (record id).
   */
  criteria?: string | null;
  /**
   * Units whose registration is expected.
   */
  expected_units?: string[];
}
/**
 * Campaigns.
 */
export interface CampaignList {
  /**
   * Newest year first.
   */
  campaigns: CampaignRow[];
}
/**
 * A survey campaign.
 */
export interface CampaignRow {
  /**
   * Record id.
   */
  id: string;
  /**
   * Year.
   */
  year: number;
  /**
   * Title.
   */
  title: string;
  /**
   * Basis documents, as written.
   */
  basis: string;
  /**
   * Pinned criteria set version (record id).
   */
  criteria: string;
  /**
   * Its title.
   */
  criteria_title: string;
  /**
   * Delegations by number.
   */
  delegations: DelegationRow[];
}
/**
 * A numbered delegation of a campaign.
 */
export interface DelegationRow {
  /**
   * Id.
   */
  id: string;
  /**
   * Number.
   */
  number: number;
  /**
   * Units it surveys.
   */
  units: DelegationUnit[];
  /**
   * The province has confirmed the delegation; until then its rights are not in force.
   */
  in_force: boolean;
  /**
   * Devices that have joined it.
   */
  devices: number;
}
/**
 * Creates a campaign (compilers).
 */
export interface CreateCampaign {
  /**
   * Year.
   */
  year: number;
  /**
   * Title.
   */
  title: string;
  /**
   * Basis documents, as written.
   */
  basis?: string;
  /**
   * Criteria set version (record id) that every score sheet of the campaign pins.
   */
  criteria: string;
}
/**
 * Adds a delegation, or sets the units of one (compilers). Its rights follow after the next exchange.
 */
export interface SetDelegation {
  /**
   * Campaign.
   */
  campaign: string;
  /**
   * Existing delegation; absent adds one.
   */
  delegation?: string | null;
  /**
   * Number, from 1.
   */
  number: number;
  /**
   * Units it surveys.
   */
  units: string[];
}
/**
 * Asks for one page of models.
 */
export interface ListModels {
  filter?: ModelFilter;
  /**
   * `next` of the page before.
   */
  after?: string | null;
  /**
   * Rows per page, 1 to 200; 50 when 0.
   */
  limit?: number;
}
/**
 * Filter of models; every field narrows.
 */
export interface ModelFilter {
  /**
   * Cycle (record id); all cycles when absent.
   */
  cycle?: string | null;
  /**
   * This unit and those below it.
   */
  unit?: string | null;
  /**
   * Units as of this day (ISO) for `unit`; today when absent.
   */
  day?: string | null;
  /**
   * Field code; `KHAC` and no field at all are both "unclassified".
   */
  field?: string | null;
  /**
   * Status.
   */
  status?: RegistrationStatus | null;
  /**
   * New, maintained or not split.
   */
  kind?: RegistrationKind | null;
  /**
   * Folded search over name, place and unit.
   */
  query?: string | null;
  /**
   * Only what totals count: submitted or active.
   */
  counted?: boolean;
  /**
   * Only what waits for this profile: returned (post), submitted (compiler).
   */
  needs_me?: boolean;
}
/**
 * One page.
 */
export interface ModelPage {
  /**
   * Rows in the order of the Vietnamese alphabet.
   */
  rows: ModelRow[];
  /**
   * Pass as `after` for the next page; absent on the last.
   */
  next: string | null;
}
/**
 * Counts for the filter chips, under the same filter without the facet itself.
 */
export interface ModelFacets {
  /**
   * Rows under the whole filter.
   */
  total: number;
  /**
   * By status.
   */
  status: FacetCount[];
  /**
   * By field code; empty value for none.
   */
  field: FacetCount[];
  /**
   * By kind.
   */
  kind: FacetCount[];
}
/**
 * One chip.
 */
export interface FacetCount {
  /**
   * Value as the filter takes it.
   */
  value: string;
  /**
   * Rows.
   */
  count: number;
}
/**
 * Closes or reopens a model (the owner unit).
 */
export interface CloseModel {
  /**
   * Model.
   */
  model: string;
  /**
   * Why; empty reopens it.
   */
  reason: string;
  /**
   * True closes, false reopens.
   */
  closed: boolean;
}
/**
 * Names a registration.
 */
export interface RegistrationId {
  /**
   * Record id.
   */
  registration: string;
}
/**
 * A registration as its screen shows it.
 */
export interface RegistrationView {
  /**
   * Record id.
   */
  registration: string;
  /**
   * Model.
   */
  model: string;
  /**
   * Owner unit.
   */
  unit: string;
  /**
   * Its name.
   */
  unit_name: string;
  /**
   * Cycle (record id), if tied to one.
   */
  cycle: string | null;
  /**
   * Year of the cycle.
   */
  year: number;
  values: RegistrationValues;
  /**
   * Figures with their readings, in order of entry.
   */
  figures: FigureView[];
  status: RegistrationStatus;
  /**
   * Reason of the last return, when returned.
   */
  returned_reason: string | null;
  /**
   * Declared date of the last submission, ISO.
   */
  declared: string | null;
  /**
   * Declared after the cycle had closed ("nhận sau hạn").
   */
  late: boolean;
  /**
   * Required contents that are still empty: property names of `RegistrationValues`.
   */
  missing: string[];
  /**
   * This profile may write the contents.
   */
  may_edit: boolean;
  /**
   * This profile may review it now.
   */
  may_review: boolean;
  /**
   * It may be carried over into `current_cycle`: it is of an earlier year and this unit's own.
   */
  may_carry_over: boolean;
  held: Held;
  /**
   * Properties with differing content.
   */
  differing: string[];
  /**
   * Other registrations that may be the same model.
   */
  possible_duplicates: DuplicateRow[];
  /**
   * Demonstration data.
   */
  demonstration: boolean;
  /**
   * Typed but not saved, from before a crash or a change of screen.
   */
  unfinished: UnfinishedTyping | null;
}
/**
 * Contents of a registration. Absent fields are left as they are; an empty text clears.
 */
export interface RegistrationValues {
  /**
   * R1, name of the model.
   */
  name?: string | null;
  /**
   * Mô hình, chương trình or phần việc.
   */
  model_kind?: ModelKind | null;
  /**
   * New, maintained or not split.
   */
  kind?: RegistrationKind | null;
  /**
   * Field code of the cycle's scheme.
   */
  field?: string | null;
  /**
   * Address, place of implementation.
   */
  place?: string | null;
  /**
   * R8, schedule and evaluation date, as written.
   */
  schedule?: string | null;
  /**
   * R2, situation and reason.
   */
  rationale?: string | null;
  /**
   * R3, goals and criteria.
   */
  goals?: string | null;
  /**
   * R4, content and method.
   */
  approach?: string | null;
  /**
   * R5, area and target group as a category.
   */
  area_and_target?: string | null;
  /**
   * R6, lead, coordinating and participating forces.
   */
  forces?: string | null;
  /**
   * R7, resources.
   */
  resources?: string | null;
  /**
   * R9, outputs.
   */
  outputs?: string | null;
  /**
   * R10, sustainability and replication.
   */
  sustainability?: string | null;
  /**
   * Indicator figures to put, by id.
   */
  figures?: FigureInput[];
  /**
   * Ids of figures to remove.
   */
  remove_figures?: string[];
}
/**
 * An indicator figure as typed.
 */
export interface FigureInput {
  /**
   * Id of the figure; absent makes a new one.
   */
  id?: string | null;
  /**
   * What is counted, for example "Số học sinh được hỗ trợ".
   */
  name: string;
  /**
   * As the field writes it: "trên 200", "75,6 ha", "48/48", "500.000đ/cháu/tháng".
   */
  raw: string;
  /**
   * Unit when not part of `raw`.
   */
  unit?: string;
  /**
   * Period it speaks of, as written.
   */
  period?: string;
  /**
   * Set when the reader's reading is wrong: `exact`, `approx`, `over`, `at_least`, `under`, `unquantified`.
   */
  qualifier?: string | null;
}
/**
 * A figure with its reading.
 */
export interface FigureView {
  /**
   * Id.
   */
  id: string;
  /**
   * What is counted.
   */
  name: string;
  /**
   * As typed.
   */
  raw: string;
  /**
   * Unit.
   */
  unit: string;
  /**
   * Period.
   */
  period: string;
  /**
   * `exact`, `approx`, `over`, `at_least`, `under`, `unquantified`.
   */
  qualifier: string;
  /**
   * Value as a decimal with a dot, for example "75.6"; absent when unquantified.
   */
  value: string | null;
  /**
   * Numerator of a ratio.
   */
  numerator: string | null;
  /**
   * Denominator of a ratio.
   */
  denominator: string | null;
  /**
   * Reading in Vietnamese, for example "lớn hơn 200".
   */
  words_vi: string;
  /**
   * Reading in English.
   */
  words_en: string;
}
/**
 * A registration that may be the same model.
 */
export interface DuplicateRow {
  /**
   * Record id.
   */
  registration: string;
  /**
   * Name.
   */
  name: string;
}
/**
 * Typing that was kept but not saved.
 */
export interface UnfinishedTyping {
  /**
   * Record it belongs to; for a visit's input or a score sheet, that record.
   */
  record: string;
  /**
   * Contents by property, as typed.
   */
  contents: {
    [k: string]: string;
  };
  /**
   * When it was typed.
   */
  typed_at: number;
}
/**
 * Starts a registration of a new model (posts).
 */
export interface StartRegistration {
  /**
   * Cycle; the newest open one when absent. A draft without any cycle is tied when one arrives.
   */
  cycle?: string | null;
  values?: RegistrationValues;
}
/**
 * Carries a model of an earlier year over (posts): same model, new registration, contents copied.
 */
export interface CarryOver {
  /**
   * Registration of the earlier year.
   */
  registration: string;
  /**
   * Cycle to register in; the newest open one when absent.
   */
  cycle?: string | null;
}
/**
 * Saves one field group when it is left: one entry.
 */
export interface SaveRegistration {
  /**
   * Record id.
   */
  registration: string;
  values: RegistrationValues;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
}
/**
 * Submits a registration (the owner unit).
 */
export interface SubmitRegistration {
  /**
   * Record id.
   */
  registration: string;
  /**
   * Declared date, ISO; today by this device's clock when absent.
   */
  declared?: string | null;
}
/**
 * Discards a draft that was never submitted, or restores it.
 */
export interface DiscardRegistration {
  /**
   * Record id.
   */
  registration: string;
  /**
   * True discards, false takes it back.
   */
  discarded: boolean;
}
/**
 * Reviews a submitted registration (compilers).
 */
export interface ReviewRegistration {
  /**
   * Record id.
   */
  registration: string;
  decision: ReviewDecision;
  /**
   * Reason; required for a return.
   */
  reason?: string;
}
/**
 * History of a record, newest first by causal order.
 */
export interface History {
  /**
   * The changes.
   */
  changes: HistoryRow[];
}
/**
 * One saved group.
 */
export interface HistoryRow {
  /**
   * Entry hash, hexadecimal.
   */
  entry: string;
  /**
   * Label of the device that made it.
   */
  who: string;
  /**
   * Role of that device.
   */
  role: RoleName | null;
  /**
   * Unit or delegation of that device.
   */
  holder_name: string;
  /**
   * Which record it changed: `registration`, `model`, `review`, …
   */
  kind: string;
  /**
   * Properties it changed.
   */
  properties: string[];
  /**
   * The time that device claimed; never used for order.
   */
  claimed_at: number;
  held: Held;
}
/**
 * Reads a figure without storing it (shown while typing).
 */
export interface ReadFigure {
  /**
   * As typed.
   */
  raw: string;
  /**
   * Unit when typed separately.
   */
  unit?: string;
}
/**
 * Looks for personal data and secrecy marks in a text (shown before leaving a field).
 */
export interface CheckText {
  /**
   * As typed.
   */
  text: string;
}
/**
 * What a text may contain that must not be there.
 */
export interface TextCheck {
  /**
   * In the order of the text.
   */
  suspicions: Suspicion[];
}
/**
 * One place of a text.
 */
export interface Suspicion {
  /**
   * `person_name`, `citizen_number`, `old_id_number`, `phone`, `email` or `secrecy_mark`.
   */
  kind: string;
  /**
   * The words found.
   */
  excerpt: string;
  /**
   * First character.
   */
  start: number;
  /**
   * After the last character.
   */
  end: number;
  /**
   * Which content it stands in, when a whole record was checked.
   */
  property: string;
}
/**
 * Asks for a unit's figures.
 */
export interface GetUnitFigures {
  /**
   * Unit; this profile's own when absent.
   */
  unit?: string | null;
  /**
   * Cycle; the newest when absent.
   */
  cycle?: string | null;
}
/**
 * Figures that belong to a unit rather than to one model.
 */
export interface UnitFiguresView {
  /**
   * Unit.
   */
  unit: string;
  /**
   * Name.
   */
  unit_name: string;
  /**
   * Cycle, if any.
   */
  cycle: string | null;
  /**
   * Figures in order of entry.
   */
  figures: FigureView[];
  /**
   * This profile may write them.
   */
  may_edit: boolean;
}
/**
 * Saves figures of this profile's unit: one entry.
 */
export interface SaveUnitFigures {
  /**
   * Cycle; the newest when absent.
   */
  cycle?: string | null;
  /**
   * Figures to put.
   */
  figures?: FigureInput[];
  /**
   * Ids to remove.
   */
  remove_figures?: string[];
}
/**
 * Keeps typing within a second, outside the journal. Empty `contents` forgets it.
 */
export interface KeepTyping {
  /**
   * Record it belongs to.
   */
  record: string;
  /**
   * Contents by property.
   */
  contents: {
    [k: string]: string;
  };
}
/**
 * Names any record.
 */
export interface RecordRef {
  /**
   * Record id.
   */
  record: string;
}
/**
 * Typing kept for a record, if any.
 */
export interface KeptTyping {
  /**
   * What was kept.
   */
  unfinished: UnfinishedTyping | null;
}
/**
 * Visits this profile may see.
 */
export interface VisitList {
  /**
   * Newest first, by the order they became known.
   */
  visits: VisitRow[];
  /**
   * Units of this delegation that have no visit yet.
   */
  unvisited: DelegationUnit[];
}
/**
 * Opens a visit of this profile's delegation.
 */
export interface StartVisit {
  /**
   * Unit.
   */
  unit: string;
  /**
   * Day as typed.
   */
  day: string;
}
/**
 * A visit as its screen shows it.
 */
export interface VisitView {
  row: VisitRow;
  /**
   * Criteria set version pinned by the campaign.
   */
  criteria: string;
  /**
   * Place of the session as typed.
   */
  place: string;
  /**
   * Attendance: roles and units, no names.
   */
  attendance: string;
  /**
   * Agenda in order.
   */
  agenda: AgendaItem[];
  /**
   * Findings of all members, in causal order.
   */
  findings: FindingView[];
  /**
   * Models of the unit with my score state.
   */
  models: VisitModel[];
  /**
   * Parts that are missing on this device, by name; empty means ready offline.
   */
  missing_parts: string[];
  /**
   * This profile may write in this visit.
   */
  may_edit: boolean;
  /**
   * This profile may enter agreed scores.
   */
  may_agree: boolean;
  /**
   * Typed but not saved.
   */
  unfinished: UnfinishedTyping | null;
}
/**
 * One agenda item.
 */
export interface AgendaItem {
  /**
   * Id.
   */
  id: string;
  /**
   * What is done.
   */
  text: string;
  /**
   * Start as typed, for example "08:00".
   */
  starts: string;
  /**
   * End as typed.
   */
  ends: string;
}
/**
 * A finding.
 */
export interface FindingView {
  /**
   * Id.
   */
  id: string;
  kind: FindingKind;
  /**
   * Text.
   */
  text: string;
  /**
   * Model it is about, if any (registration id).
   */
  registration: string | null;
  /**
   * Assessor slot or role that wrote it.
   */
  by: string;
  /**
   * This device wrote it.
   */
  mine: boolean;
  /**
   * Set when it was taken back: the reason.
   */
  removed: string | null;
  /**
   * Differing content waits for a decision.
   */
  differs: boolean;
}
/**
 * A model of the surveyed unit.
 */
export interface VisitModel {
  /**
   * Registration.
   */
  registration: string;
  /**
   * Name.
   */
  name: string;
  /**
   * Field code.
   */
  field: string | null;
  /**
   * Criteria answered on my sheet.
   */
  my_answered: number;
  /**
   * Criteria in all.
   */
  criteria: number;
  /**
   * My total, hundredths.
   */
  my_total: number | null;
  /**
   * Sheets of other assessors that this device holds.
   */
  other_sheets: number;
  /**
   * Agreed total, hundredths.
   */
  agreed_total: number | null;
  /**
   * The registration changed after it was scored.
   */
  changed_since_scored: boolean;
}
/**
 * Names a visit.
 */
export interface VisitId {
  /**
   * Record id.
   */
  visit: string;
}
/**
 * Saves the head of a visit: one entry.
 */
export interface SaveVisit {
  /**
   * Visit.
   */
  visit: string;
  /**
   * Day as typed.
   */
  day?: string | null;
  /**
   * Place.
   */
  place?: string | null;
  /**
   * Attendance: roles and units.
   */
  attendance?: string | null;
  /**
   * Agenda items to put; an empty id makes a new one.
   */
  agenda?: AgendaItem[];
  /**
   * Ids of agenda items to remove.
   */
  remove_agenda?: string[];
}
/**
 * Puts a finding: one entry.
 */
export interface PutFinding {
  /**
   * Visit.
   */
  visit: string;
  /**
   * Existing finding; absent adds one.
   */
  id?: string | null;
  kind: FindingKind;
  /**
   * Text.
   */
  text: string;
  /**
   * Model it is about.
   */
  registration?: string | null;
  /**
   * The user has seen the personal-data warning and keeps the text.
   */
  personal_data_checked?: boolean;
}
/**
 * Takes a finding back, or restores it.
 */
export interface RemoveFinding {
  /**
   * Visit.
   */
  visit: string;
  /**
   * Finding.
   */
  id: string;
  /**
   * Reason; absent restores it.
   */
  reason?: string | null;
}
/**
 * Names a model within a visit.
 */
export interface ScoreOf {
  /**
   * Visit.
   */
  visit: string;
  /**
   * Registration of the model.
   */
  registration: string;
}
/**
 * My score sheet for one model.
 */
export interface ScoreSheetView {
  /**
   * Visit.
   */
  visit: string;
  /**
   * Registration.
   */
  registration: string;
  /**
   * Name of the model.
   */
  model_name: string;
  /**
   * Unit.
   */
  unit_name: string;
  criteria: CriteriaSetView;
  /**
   * My answers.
   */
  items: ScoreItem[];
  /**
   * Not eligible for rating, which is not zero: the reason.
   */
  not_eligible: string | null;
  /**
   * Criteria answered.
   */
  answered: number;
  /**
   * Criteria in all.
   */
  total_criteria: number;
  /**
   * Total of the answers, hundredths.
   */
  total: number;
  /**
   * Band of a complete sheet.
   */
  band: string | null;
  /**
   * Codes of mandatory criteria that are zero.
   */
  mandatory_zero: string[];
  /**
   * My slot.
   */
  slot: number;
  /**
   * The registration changed after this sheet was begun.
   */
  changed_since_scored: boolean;
  /**
   * This profile has a sheet of its own.
   */
  may_edit: boolean;
}
/**
 * One answer.
 */
export interface ScoreItem {
  /**
   * Criterion code.
   */
  code: string;
  /**
   * Points in hundredths; for pass/fail 100 is met and 0 not met; absent means not answered.
   */
  points?: number | null;
  /**
   * Note.
   */
  note?: string;
}
/**
 * Saves answers of my sheet: one entry.
 */
export interface SaveScores {
  /**
   * Visit.
   */
  visit: string;
  /**
   * Registration.
   */
  registration: string;
  /**
   * Answers to put.
   */
  items?: ScoreItem[];
  /**
   * Sets "not eligible for rating" with its reason; an empty text takes it back.
   */
  not_eligible?: string | null;
}
/**
 * The sheets of all assessors side by side, and what was agreed.
 */
export interface ScoreComparison {
  /**
   * Visit.
   */
  visit: string;
  /**
   * Registration.
   */
  registration: string;
  /**
   * Name of the model.
   */
  model_name: string;
  /**
   * Unit.
   */
  unit_name: string;
  criteria: CriteriaSetView;
  /**
   * Sheets by slot.
   */
  sheets: SheetColumn[];
  /**
   * Per criterion, in the order of the set.
   */
  rows: CompareRow[];
  /**
   * Difference between the largest and the smallest complete total, hundredths.
   */
  spread: number;
  /**
   * Agreed total when every criterion is agreed, hundredths.
   */
  agreed_total: number | null;
  /**
   * Band derived from the agreed total only.
   */
  band: string | null;
  /**
   * The total reaches the recognition line and no mandatory criterion is zero.
   */
  may_propose_recognition: boolean;
  /**
   * Agreed as not eligible for rating: the reason.
   */
  not_eligible: string | null;
  /**
   * This profile may enter agreed scores.
   */
  may_agree: boolean;
}
/**
 * One assessor's sheet.
 */
export interface SheetColumn {
  /**
   * Slot.
   */
  slot: number;
  /**
   * Mine.
   */
  mine: boolean;
  /**
   * Answered.
   */
  answered: number;
  /**
   * Total, hundredths.
   */
  total: number;
  /**
   * Reason when not eligible.
   */
  not_eligible: string | null;
}
/**
 * One criterion over all assessors.
 */
export interface CompareRow {
  /**
   * Criterion code.
   */
  code: string;
  /**
   * Points by slot, in the order of `sheets`.
   */
  points: (number | null)[];
  /**
   * Notes by slot.
   */
  notes: string[];
  /**
   * Largest minus smallest.
   */
  spread: number;
  /**
   * Agreed points.
   */
  agreed: number | null;
  /**
   * Reason for the agreed points.
   */
  reason: string;
  /**
   * Two people entered different agreed points while apart.
   */
  differs: boolean;
}
/**
 * Enters agreed points for one criterion (secretary, head): one entry.
 */
export interface AgreeScore {
  /**
   * Visit.
   */
  visit: string;
  /**
   * Registration.
   */
  registration: string;
  /**
   * Criterion code; absent when only `not_eligible` is set.
   */
  code?: string | null;
  /**
   * Points, hundredths.
   */
  points?: number | null;
  /**
   * Reason; required where assessors differ.
   */
  reason?: string;
  /**
   * Sets "not eligible for rating"; an empty text takes it back.
   */
  not_eligible?: string | null;
}
/**
 * What waits for a decision.
 */
export interface DifferenceList {
  /**
   * Open ones first, then the decided ones (newest 50).
   */
  differences: Difference[];
}
/**
 * One property with several values.
 */
export interface Difference {
  /**
   * Record.
   */
  record: string;
  /**
   * Kind of record: `registration`, `agreed_score`, `visit`, …
   */
  kind: string;
  /**
   * Title of the record.
   */
  title: string;
  /**
   * Property, for example `name` or `items/C1`.
   */
  property: string;
  /**
   * The values; the first is the one every device shows.
   */
  values: DifferingValue[];
  /**
   * This profile may decide.
   */
  may_resolve: boolean;
  /**
   * Set after a decision: who decided.
   */
  decided_by: string | null;
}
/**
 * One of the values.
 */
export interface DifferingValue {
  /**
   * Names the value when deciding.
   */
  choice: string;
  /**
   * As a person reads it.
   */
  text: string;
  /**
   * Label of the device that wrote it.
   */
  who: string;
  /**
   * The time that device claimed.
   */
  claimed_at: number;
}
/**
 * Decides: one entry.
 */
export interface ResolveDifference {
  /**
   * Record.
   */
  record: string;
  /**
   * Property.
   */
  property: string;
  /**
   * `choice` of the value to keep.
   */
  choice: string;
}
/**
 * Asks for totals.
 */
export interface GetTotals {
  /**
   * Cycle; the newest when absent.
   */
  cycle?: string | null;
  /**
   * This unit and those below it; the province when absent.
   */
  unit?: string | null;
  /**
   * Units as of this day, ISO; the last day of the cycle's year when absent.
   */
  day?: string | null;
}
/**
 * Totals of a unit's subtree in one cycle on one day.
 */
export interface Totals {
  /**
   * Cycle.
   */
  cycle: string;
  /**
   * Year.
   */
  year: number;
  /**
   * Unit at the top.
   */
  unit: string;
  /**
   * Its name on that day.
   */
  unit_name: string;
  /**
   * Units as of this day.
   */
  day: string;
  /**
   * Whose field scheme.
   */
  scheme_owner: string;
  /**
   * Fields in the scheme's order.
   */
  fields: FieldRow[];
  sum: TotalCell;
  /**
   * Direct children of the unit (and the unit itself when it has models of its own).
   */
  rows: TotalRow[];
  /**
   * Units that reported.
   */
  reported: number;
  /**
   * Units expected.
   */
  expected: number;
  /**
   * Names of the units that have not reported.
   */
  missing: string[];
  /**
   * Footnotes as codes (`footnote.<code>`).
   */
  footnotes: Footnote[];
  filter: ModelFilter;
  /**
   * BLAKE3 over the document states it was computed from, hexadecimal.
   */
  made_of: string;
}
/**
 * One row.
 */
export interface TotalRow {
  /**
   * Unit.
   */
  unit: string;
  /**
   * Name on that day.
   */
  name: string;
  /**
   * It has units below it that have models.
   */
  has_children: boolean;
  cell: TotalCell;
  /**
   * What the unit itself declares as its total, as written ("trên 200"), when it does.
   */
  declared: string | null;
  /**
   * The row is "nơi khác" or another collecting row, not a unit of the register.
   */
  demonstration: boolean;
  /**
   * The row holds only the unit's own models, without its subtree.
   */
  own_only: boolean;
}
/**
 * A footnote of a total.
 */
export interface Footnote {
  /**
   * `not_split`, `possible_duplicates`, `lower_bound`, `unclassified`, `demonstration`.
   */
  code: string;
  /**
   * Count it speaks of.
   */
  count: number;
}
/**
 * What one run of the exchange did.
 */
export interface ExchangeOutcome {
  /**
   * Entries the province confirmed in this run.
   */
  confirmed: number;
  /**
   * New entries received.
   */
  received: number;
  /**
   * Entries the province refused.
   */
  refused: number;
  /**
   * Round trips.
   */
  round_trips: number;
  /**
   * Application bytes sent.
   */
  bytes_sent: number;
  /**
   * Application bytes received.
   */
  bytes_received: number;
  /**
   * Both sides hold the same entries of this device's scopes (compared by digest).
   */
  equal: boolean;
}
/**
 * The page "Đồng bộ".
 */
export interface ExchangeView {
  state: ExchangeState;
  /**
   * Server address.
   */
  server: string | null;
  /**
   * When the province last answered.
   */
  last_contact: number | null;
  /**
   * Problem of the last try, if it failed.
   */
  last_problem: Problem | null;
  local: HeldGroup;
  sent: HeldGroup;
  province: HeldGroup;
  /**
   * Entries that wait for others which they follow.
   */
  waiting: number;
  /**
   * What was set aside or refused.
   */
  set_aside: SetAsideRow[];
  /**
   * Bytes that the next run will send, about.
   */
  bytes_to_send: number;
}
/**
 * What went wrong, as data: the words in Vietnamese and English live with the screens.
 *
 * A code exists only if a screen acts on it or has its own sentence for it. The cause and its trace go
 * to the log, never through a door.
 */
export interface Problem {
  /**
   * Stable code in snake case, for example `home_in_use`.
   */
  code: string;
  /**
   * What the sentence names: a unit, a row, a file, a limit.
   */
  params: {
    [k: string]: string;
  };
}
/**
 * Records by where their newest change is held.
 */
export interface HeldGroup {
  /**
   * Records.
   */
  records: number;
  /**
   * Their not yet confirmed bytes (0 for the province).
   */
  bytes: number;
  /**
   * The newest 20.
   */
  rows: HeldRow[];
}
/**
 * One record.
 */
export interface HeldRow {
  /**
   * Record id.
   */
  record: string;
  /**
   * Kind.
   */
  kind: string;
  /**
   * Title.
   */
  title: string;
  held: Held;
}
/**
 * An entry that was set aside or refused; its bytes are kept.
 */
export interface SetAsideRow {
  /**
   * Entry hash, hexadecimal.
   */
  entry: string;
  /**
   * Record it belongs to.
   */
  record: string;
  /**
   * Reason code; the screens have the words (`refusal.<reason>`).
   */
  reason: string;
  /**
   * Label of the author's device.
   */
  author: string;
  /**
   * True when the province refused an entry of this device, false when this device set a foreign one aside.
   */
  by_province: boolean;
  /**
   * When.
   */
  at: number;
}
/**
 * Tries an entry again that was set aside here.
 */
export interface RetrySetAside {
  /**
   * Entry hash, hexadecimal.
   */
  entry: string;
}
/**
 * What a rebuild from the journal found.
 */
export interface RebuildReport {
  /**
   * Documents rebuilt.
   */
  documents: number;
  /**
   * Entries read.
   */
  entries: number;
  /**
   * Documents whose state differed before and after: 0 unless the cache was damaged.
   */
  changed: number;
  /**
   * BLAKE3 over all document states in order of id, hexadecimal.
   */
  state_hash: string;
  /**
   * BLAKE3 over the sorted entry hashes, hexadecimal.
   */
  entries_hash: string;
}
/**
 * The profiles of this machine.
 */
export interface ProfileList {
  /**
   * All profiles, by name.
   */
  profiles: ProfileRow[];
  /**
   * The one that is open, if any.
   */
  open: string | null;
  /**
   * A machine serves several profiles; a device folder given by hand is one fixed profile.
   */
  can_add: boolean;
}
/**
 * One profile of this machine.
 */
export interface ProfileRow {
  /**
   * Folder name, which is its id.
   */
  id: string;
  /**
   * Name shown.
   */
  name: string;
  /**
   * A passphrase is needed to open it.
   */
  locked: boolean;
}
/**
 * Adds a profile.
 */
export interface AddProfile {
  /**
   * Name shown, for example "Cán bộ trực ban".
   */
  name: string;
  /**
   * Wraps the database key when given (at least 8 characters).
   */
  passphrase?: string | null;
}
/**
 * Opens a profile.
 */
export interface OpenProfile {
  /**
   * Id of the profile.
   */
  id: string;
  /**
   * Needed when the profile is locked.
   */
  passphrase?: string | null;
}
