// Demonstration answers for looking at screens. Nothing here is real: every unit, model and device is made up and says so.
const demo = (name) => `${name} (minh họa)`;
const unitNames = ['Đồn Biên phòng A', 'Đồn Biên phòng cửa khẩu quốc tế tên rất dài ở vùng cao biên giới phía Tây B', 'Ban Chỉ huy quân sự khu vực C', 'Xã D', 'Phường E'].map(demo);
const units = unitNames.map((name, index) => ({ id: `u${index + 1}`, name }));
const long = 'Mô hình (minh họa) 01: Bữa sáng cho em ở điểm trường lẻ vùng biên, gắn với tổ tự quản đường biên, cột mốc và an ninh trật tự thôn, bản';
const names = [long, 'Mô hình (minh họa) 02', 'Mô hình (minh họa) 03: Trình diễn lúa nước', 'Chương trình (minh họa) 04: Con nuôi của đồn'];

export const status = (role = 'secretary', more = {}) => ({
  device: '4F9A-C27B-10E3-88D1', unsent: 3, sent_unconfirmed: 1, differences: 1, set_aside: 2, differs_from_province: false,
  last_contact: Date.now() - 3_600_000, exchange: { state: 'idle' }, key_keeping: 'bare', clock_doubtful: false,
  settings: { language: 'vi', sunlight: false, automatic_exchange: true }, current_cycle: 'c2026',
  identity: {
    role, holder_id: 'd2', holder_name: role === 'compiler' ? 'Tỉnh minh họa' : '2', slot: role === 'compiler' ? null : 2,
    province_id: 'p', province_name: 'Tỉnh minh họa', label: 'Máy tính trực ban (minh họa)', revoked: false, server: 'https://tinh.example:8443',
  },
  ...more,
});

const visitRow = (index, more = {}) => ({
  visit: `v${index}`, unit: `u${index}`, unit_name: unitNames[index - 1], campaign_title: 'Khảo sát mô hình “Dân vận khéo” năm 2026 (minh họa)',
  delegation_number: 2, day: ['--05-11', '2026-05-12', '2026-05'][index - 1] ?? '', models: 4, my_complete: index === 1 ? 1 : 4, findings: 6, held: ['this_device', 'sent', 'province'][index - 1] ?? 'province', ...more,
});

const finding = (id, kind, text, more = {}) => ({ id, kind, text, registration: null, by: '2', mine: true, removed: null, differs: false, ...more });
export const visit = (more = {}) => ({
  row: visitRow(2), criteria: 'cs1', place: 'Hội trường đơn vị', attendance: 'Chính trị viên, Đội trưởng vận động quần chúng; đại diện cấp ủy xã',
  agenda: [
    { id: 'a1', text: 'Nghe đơn vị báo cáo kết quả đăng ký và thực hiện mô hình', starts: '8:00', ends: '9h30' },
    { id: 'a2', text: 'Kiểm tra thực tế tại điểm trường, trao đổi với cấp ủy, chính quyền và lực lượng phối hợp trên địa bàn', starts: '9h45', ends: '11h15' },
    { id: 'a3', text: 'Chấm điểm, thống nhất', starts: '13h30', ends: '13h00' },
  ],
  findings: [
    finding('f1', 'strength', 'Kế hoạch được cấp ủy phê duyệt, phân công rõ từng lực lượng.', { registration: 'r1' }),
    finding('f2', 'strength', 'Số liệu thụ hưởng được ghi tổng số theo quý, đối chiếu được với sổ theo dõi của điểm trường; nguồn lực công khai tại nhà văn hóa.', { mine: false, by: '1' }),
    finding('f3', 'strength', 'Phối hợp tốt với lực lượng ở địa bàn.', { mine: false, by: 'head', differs: true }),
    finding('f4', 'strength', 'Ghi trùng với ý trên.', { removed: 'Trùng nội dung' }),
    finding('f5', 'limitation', 'Chưa có mốc đánh giá giữa năm.'),
    finding('f6', 'cause', 'Địa bàn rộng, đường vào điểm trường bị chia cắt mùa mưa.'),
  ],
  models: names.map((name, index) => ({
    registration: `r${index + 1}`, name, field: 'VHXH', my_answered: [0, 9, 13, 13][index], criteria: 13, my_total: [null, 4150, 8250, 7800][index],
    other_sheets: index, agreed_total: index === 3 ? 7950 : null, changed_since_scored: index === 2,
  })),
  missing_parts: ['Bộ tiêu chí thẩm định mô hình', 'Đăng ký “Mô hình (minh họa) 03”'], is_own: true, may_edit: true, may_agree: true,
  unfinished: { record: 'v2', contents: { finding: 'Đang ghi dở về ', finding_kind: 'strength' }, typed_at: Date.now() },
  ...more,
});

const criterion = (code, vi, max, mandatory = false) => ({ code, vi, en: null, max, mandatory });
export const criteria = {
  id: 'cs1', code: 'demo-100', version: '1', title: 'Bộ tiêu chí thẩm định mô hình (thang 100, minh họa)', level: 'model',
  scale: { type: 'points', max: 10000, step: 50 }, constructed: true, provenance: 'trọng số dựng để minh họa',
  groups: [
    { code: 'A', vi: 'Đăng ký, căn cứ và kế hoạch', max: 1500, criteria: [criterion('A1', 'Tên, địa chỉ, thời gian rõ ràng, sát mục đích', 500), criterion('A2', 'Có kế hoạch thực hiện cụ thể của chủ thể mô hình', 500, true), criterion('A3', 'Gắn với nhiệm vụ chính trị và vấn đề thiết thực của địa bàn', 500)] },
    { code: 'B', vi: 'Tổ chức thực hiện', max: 2500, criteria: [criterion('B1', 'Khéo chọn việc', 500), criterion('B2', 'Khéo tuyên truyền, vận động', 500), criterion('B3', 'Khéo tổ chức thực hiện, phối hợp lực lượng, phân công rõ', 1000), criterion('B4', 'Kiểm tra, sơ kết, tổng kết kịp thời', 500)] },
    { code: 'C', vi: 'Kết quả và hiệu quả', max: 3500, criteria: [criterion('C1', 'Kết quả so với mục tiêu đã đăng ký (có thể kiểm chứng)', 1500, true), criterion('C2', 'Lợi ích thiết thực cho Nhân dân (số liệu tổng hợp)', 1000), criterion('C3', 'Huy động nguồn lực, xã hội hóa, tiết kiệm, công khai', 1000)] },
    { code: 'D', vi: 'Dân chủ và đồng thuận', max: 1000, criteria: [criterion('D1', 'Dân biết, dân bàn, dân làm, dân kiểm tra, dân giám sát, dân thụ hưởng', 1000)] },
    { code: 'E', vi: 'Bền vững, lan tỏa và nhân rộng', max: 1500, criteria: [criterion('E1', 'Khả năng duy trì thường xuyên', 500), criterion('E2', 'Lan tỏa, đã nhân rộng ra địa bàn khác', 1000)] },
  ],
  bands: [{ code: 'xuat_sac', vi: 'Xuất sắc', min: 9000 }, { code: 'tot', vi: 'Tốt', min: 8000 }, { code: 'kha', vi: 'Khá', min: 6500 }, { code: 'chua_dat', vi: 'Chưa đạt', min: 0 }],
};
export const passFail = { ...criteria, id: 'cs2', title: '5 tiêu chuẩn nhân rộng (minh họa)', scale: { type: 'pass_fail' }, bands: [], groups: [{ code: 'T', vi: 'Tiêu chuẩn', max: null, criteria: criteria.groups.flatMap((group) => group.criteria).slice(0, 5).map((one) => ({ ...one, max: null })) }] };
const codes = criteria.groups.flatMap((group) => group.criteria.map((one) => one.code));
const given = { A1: 450, A2: 0, A3: 500, B1: 350, B2: 400, B3: 800, C1: 1250, D1: 900 };
export const sheet = (more = {}) => ({
  visit: 'v2', registration: 'r1', model_name: long, unit_name: unitNames[1], criteria,
  items: Object.entries(given).map(([code, points]) => ({ code, points, note: code === 'C1' ? 'Mục tiêu 48 suất mỗi ngày; sổ theo dõi ghi đủ từ tháng 2.' : '' })),
  not_eligible: null, answered: 8, total_criteria: 13, total: 4650, band: null, mandatory_zero: ['A2'], slot: 2, changed_since_scored: true, may_edit: true, ...more,
});
const spread = { A1: [450, 500, 450], A2: [300, 300, 300], B3: [800, 500, 900], C1: [1250, 900, 1100], C2: [800, 800, null], D1: [900, 900, 900] };
export const comparison = (more = {}) => ({
  visit: 'v2', registration: 'r1', model_name: long, unit_name: unitNames[1], criteria,
  sheets: [{ slot: 1, mine: false, answered: 13, total: 7850, not_eligible: null }, { slot: 2, mine: true, answered: 13, total: 7100, not_eligible: null }, { slot: 3, mine: false, answered: 12, total: 6900, not_eligible: 'Chưa triển khai đủ 6 tháng' }],
  rows: codes.map((code) => {
    const points = spread[code] ?? [400, 400, 450];
    const known = points.filter((one) => one !== null);
    return { code, points, notes: code === 'C1' ? ['', 'Chưa thấy sổ theo dõi tháng 4', ''] : ['', '', ''], spread: Math.max(...known) - Math.min(...known), agreed: code === 'C1' ? 1100 : null, reason: code === 'C1' ? 'Đối chiếu lại sổ, thiếu một tháng' : '', differs: code === 'C1' };
  }),
  spread: 750, agreed_total: null, band: null, may_propose_recognition: false, not_eligible: null, may_agree: true, ...more,
});

const cell = (total, isNew, maintained, by, unclassified = 0) => ({ total, new: isNew, maintained, not_split: total - isNew - maintained, by_field: by, unclassified });
const totalRow = (unit, name, has, figures, more = {}) => ({ unit, name, has_children: has, cell: figures, declared: null, demonstration: false, own_only: false, ...more });
const fields = [['KT', 'Kinh tế'], ['VHXH', 'Văn hóa, xã hội'], ['QPAN', 'Quốc phòng, an ninh'], ['HTCT', 'Xây dựng hệ thống chính trị']].map(([code, vi]) => ({ code, vi, en: vi }));
const cycles = { cycles: [2026, 2025].map((year) => ({ id: `c${year}`, year, opens: null, closes: null, scheme: 's', scheme_owner: 'Tỉnh minh họa', fields, criteria: 'cs1', expected_units: [] })) };
export const totals = (unit, more = {}) => {
  const below = unit === 'u1';
  const rows = below
    ? [totalRow('u1', unitNames[0], false, cell(3, 1, 2, [1, 1, 1, 0]), { own_only: true }), totalRow('u1a', demo('Tổ công tác biên phòng số 1'), false, cell(88, 30, 58, [30, 20, 20, 18]))]
    : [
        totalRow('u1', unitNames[0], true, cell(91, 31, 60, [31, 21, 21, 18]), { declared: 'trên 200' }),
        totalRow('u2', unitNames[1], false, cell(421, 0, 0, [91, 232, 47, 18], 33)),
        totalRow('u3', unitNames[2], false, cell(1354, 600, 754, [300, 600, 254, 200])),
        totalRow('u4', unitNames[3], false, cell(0, 0, 0, [0, 0, 0, 0]), { demonstration: true }),
      ];
  return {
    cycle: 'c2026', year: 2026, unit: unit ?? 'p', unit_name: 'Tỉnh minh họa', day: '2026-12-31', scheme_owner: 'tỉnh minh họa', fields,
    sum: cell(1866, 631, 814, [422, 853, 322, 236], 33), rows, reported: 6, expected: 9, missing: unitNames.slice(2).map((name, index) => ({ unit: `missing-${index}`, name })),
    footnotes: [{ code: 'not_split', count: 421 }, { code: 'lower_bound', count: 1 }, { code: 'unclassified', count: 33 }, { code: 'demonstration', count: 1866 }],
    filter: { cycle: 'c2026', unit: unit ?? 'p', day: '2026-12-31', field: null, status: null, kind: null, query: null, counted: true, needs_me: false }, made_of: '4f9ac27b10e388d15aa0', ...more,
  };
};

const held = (count, bytes, place, kind = 'registration') => ({ records: count, bytes, rows: Array.from({ length: Math.min(count, 20) }, (_, index) => ({ record: `${place}${index}`, kind: index % 3 ? kind : 'visit', title: index % 3 ? names[index % names.length] : unitNames[index % unitNames.length], held: place })) });
const lostFiles = [
  ['IMG_20260511_083012.jpg', 'Lễ ra mắt mô hình tại nhà văn hóa bản, có đại diện cấp ủy xã, đồn biên phòng và các lực lượng phối hợp', 'registration', long],
  ['IMG_20260511_084455.jpg', '', 'visit', `${unitNames[1]}, 12/5/2026`],
  [`Ke-hoach-phoi-hop-${'thuc-hien-mo-hinh-'.repeat(4)}2026.pdf`, '', 'registration', names[1]],
  ['anh.jpg', 'Bữa sáng', 'registration', names[2]],
].map(([name, caption, kind, title], index) => ({ id: `f${index}`, name, caption, bytes: 310_000, record: `r${index}`, kind, title }));
export const exchange = (more = {}) => ({
  state: { state: 'waiting', next_try: Date.now() + 600_000 }, server: 'https://tinh.example:8443', last_contact: Date.now() - 90_000_000, last_problem: { code: 'server_unreachable', params: { server: 'https://tinh.example:8443' } },
  local: held(7, 38_912, 'this_device'), sent: held(1, 2048, 'sent', 'score_sheet'), province: held(214, 0, 'province'), waiting: 2,
  refused: held(1, 0, 'refused'), carried: held(3, 9_000, 'carried'), teammate: held(2, 4_100, 'teammate'),
  only_here: { entries: 23, files: 4, bytes: 1_240_000, newest_files: lostFiles }, files: { count: 4, thumbnail_bytes: 31_000, original_bytes: 1_170_000, originals_wait: 'metered' }, files_to_fetch: { count: 0, bytes: 0 }, link: { metering: 'metered', slow: false },
  set_aside: [
    { entry: 'e1', record: 'x', kind: 'visit', title: unitNames[1], reason: 'outside_scope', author: 'Máy đoàn 3 (minh họa)', by_province: false, at: Date.now() - 5_000_000, acknowledged: false },
    { entry: 'e2', record: 'y', kind: 'registration', title: long, reason: 'never_heard_of', author: 'Máy tính trực ban (minh họa)', by_province: true, at: Date.now() - 7_000_000, acknowledged: false },
    { entry: 'e3', record: 'z', kind: 'model', title: long, reason: 'revoked', author: 'Máy tính trực ban (minh họa)', by_province: true, at: Date.now() - 8_000_000, acknowledged: true },
  ],
  differing_since: Date.now() - 80_000_000, not_taken: [{ author: 'Máy đoàn 3 (minh họa)', problem: 'fork', at: Date.now() - 80_000_000 }],
  new_lives: [], forks: 0, left_out: [],
  bytes_to_send: 41_000, seconds_to_send: 21, ...more,
});

const captions = ['Lễ ra mắt mô hình tại nhà văn hóa bản, có đại diện cấp ủy xã, đồn biên phòng và các lực lượng phối hợp trên địa bàn', '', 'Bữa sáng ở điểm trường', '', 'Trao con giống'];
export const evidence = (more = {}) => ({
  rows: Array.from({ length: 14 }, (_, index) => ({
    id: `e${index}`, name: index % 5 === 1 ? `IMG_20260511_0830${index}_chup_tai_diem_truong_le_vung_bien_gioi_ban_ten_rat_dai.jpg` : index % 5 === 3 ? `ke-hoach-phoi-hop-${index}.pdf` : `IMG_${index}.jpg`,
    caption: captions[index % 5], kind: index % 5 === 3 ? 'document' : 'photo', media_type: index % 5 === 3 ? 'application/pdf' : 'image/jpeg',
    bytes: 310_000, width: 640, height: 480, blob: 'ab'.repeat(32), complete: index !== 4 && index !== 8, bytes_here: 120_000, thumbnail: index % 5 === 3 || index === 4 ? null : 'cd'.repeat(32),
    place: index === 0 ? { latitude: 213_456_789, longitude: 1_042_345_678 } : null, held: ['this_device', 'sent', 'province', 'carried', 'teammate'][index % 5], by: 'Máy đoàn 2 (minh họa)', added_at: Date.now() - 5_000_000,
  })),
  may_edit: true, ...more,
});

let stickFiles = 0;
const stickFile = (standing, more = {}) => { stickFiles += 1; return { path: `/media/usb/cotmoc-${stickFiles}.cmgoi`, name: `cotmoc-2026-11-05-may-doan-2-${stickFiles}.cmgoi`, bytes: 62_000, bundle: 'b1', part: 1, is_last: true, sender: 'Máy đoàn 2 (minh họa)', made_at: Date.now() - 9_000_000, recipients: ['Tỉnh minh họa', 'Máy đoàn 3 (minh họa)'], standing, ...more }; };
const recipient = (id, label, holder_name, owed, by_default) => ({ id, label, holder_name, role: null, by_default, owed });
export const stickPlaces = { drives: [{ path: '/media/usb/KINGSTON', label: 'KINGSTON' }, { path: '/media/usb/ANH', label: 'ANH' }], unconfirmed: 23, recipients: [recipient('province', 'Tỉnh minh họa', '', 23, true), recipient('d2', 'Máy thư ký (minh họa)', '2', 4, true), recipient('d3', 'Máy đoàn 3 (minh họa)', '3', 0, false), recipient('d4', 'Máy trực ban (minh họa)', unitNames[1], 11, false)] };
const remote = (name, kind, label, more = {}) => ({ name, kind, label, address: 'https://192.168.1.20:45120', fingerprint: 'a1b2-c3d4', here: false, added_at: Date.now() - 9e8, last_contact: Date.now() - 90_000_000, last_problem: null, bytes_per_second: 3_200, owed_entries: 23, owed_bytes: 41_000, is_province: false, ...more });
const remotes = { remotes: [remote('province', 'province', 'Tỉnh minh họa', { address: 'https://tinh.example:8443', is_province: true, last_problem: { code: 'server_unreachable', params: {} } }), remote('hub:a1', 'hub', 'Máy thư ký đoàn 2 (minh họa)', { here: true, owed_entries: 0, owed_bytes: 0 }), remote('hub:a2', 'hub', 'Máy thành viên (minh họa)', { last_contact: null, bytes_per_second: null })] };
const squares = Array.from({ length: 45 * 45 }, (_, at) => ((at * 7919) % 13 < 6 ? `M${at % 45} ${Math.floor(at / 45)}h1v1h-1z` : '')).join('');
export const openHub = { invitation: `cotmochub1:${'AbCdEf0123456789'.repeat(8)}`, qr_svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 53 53"><path fill="#fff" d="M-4-4h53v53H-4z"/><path d="${squares}"/></svg>`, addresses: ['https://192.168.1.20:45120', 'https://10.0.0.5:45120'], tls_pin: 'ab'.repeat(32), device: 'cd'.repeat(32), fingerprint: '3f2a-91bc-77d0', province_name: 'Tỉnh minh họa', until: Date.now() + 3_300_000, announced: true, taken: 31, given: 12, guests: [{ device: 'ef'.repeat(32), label: 'Máy thành viên 3 (minh họa)', role: 'member', holder_name: '2', last_seen: Date.now() - 60_000, taken: 31, given: 12 }] };

const delegation = (number, chosen, inForce) => ({ id: `d${number}`, number, units: chosen, in_force: inForce, devices: inForce ? 4 : 0 });
export const campaigns = { campaigns: [{ id: 'k1', year: 2026, title: 'Khảo sát mô hình “Dân vận khéo” năm 2026 (minh họa)', basis: 'Kế hoạch số 00-KH/BCĐ (minh họa)', criteria: 'cs1', criteria_title: criteria.title, delegations: [delegation(1, units.slice(0, 3), true), delegation(2, units.slice(3), false)] }] };
export const unitList = { units: [{ id: 'p', name: 'Tỉnh minh họa', parent: null, depth: 0 }, ...units.map((unit, index) => ({ ...unit, parent: 'p', depth: index === 3 ? 2 : 1 }))].map((unit) => ({ level: 'border_post', code: null, valid_from: null, valid_until: null, successors: [], demonstration: false, ...unit })) };
const device = (id, role, holder_name, more = {}) => ({ device: id, label: `Máy ${id} (minh họa)`, role, holder_name, slot: null, granted_at: Date.now() - 4e9, revoked: false, revocation_pending: false, is_this: false, ...more });
const cells = Array.from({ length: 25 * 25 }, (_, index) => ((index * 7919) % 13 < 6 ? `M${index % 25} ${Math.floor(index / 25)}h1v1h-1z` : '')).join('');

/** What the device would answer; a screen's own case replaces some of it. */
export const answers = {
  'profiles.list': { profiles: [{ id: 'a', name: 'Cán bộ trực ban', locked: false }, { id: 'b', name: 'Thư ký đoàn khảo sát số 2', locked: true }], open: 'a', can_add: true },
  'status.get': status(),
  'settings.set': (params) => params,
  'home.get': { returned: [], waiting: [], waiting_count: 0, own_models: 0, to_carry_over: 0, not_held: 0, visits: [], unvisited: [], sum: null, missing: [], reported: 0, expected: 0, possible_duplicates: 0, year: 2026 },
  'visits.list': { visits: [1, 2, 3].map((index) => visitRow(index)), unvisited: units.slice(3) },
  'evidence.list': { rows: [], may_edit: true },
  'visits.get': visit(), 'visits.save': visit(), 'visits.start': visit(), 'findings.put': visit(), 'findings.remove': visit(),
  'text.check': { suspicions: [{ kind: 'phone', excerpt: '0900 000 000', start: 0, end: 12, property: '' }] },
  'typing.keep': {},
  'scores.get': sheet(), 'scores.save': sheet(), 'scores.compare': comparison(), 'scores.agree': comparison(),
  'cycles.list': cycles, 'totals.get': (params) => totals(params.unit ?? undefined), 'units.list': unitList,
  'remotes.list': remotes, 'remotes.exchange': { problem: { code: 'hub_unreachable', params: { hub: 'Máy thư ký đoàn 2 (minh họa)' } } }, 'remotes.forget': remotes,
  'hub.status': { can_open: true, open: null }, 'hub.open': { can_open: true, open: openHub }, 'hub.close': { can_open: true, open: null }, 'hub.join': remotes.remotes[1],
  'sticks.places': stickPlaces, 'sticks.carried': { files: [stickFile('carried', { recipients: ['Máy đoàn 5 (minh họa)'] })], bytes: 62_000, most_bytes: 536_870_912, sent: [{ name: 'cotmoc-son-la-20261120-9f1c2d3e.cmgoi', sender: 'Máy đoàn 5 (minh họa)', bytes: 48_000, at: Date.now() - 7_200_000, problem: null }, { name: 'cotmoc-son-la-20261119-1a2b3c4d.cmgoi', sender: 'Máy đoàn 3 (minh họa)', bytes: 12_000, at: Date.now() - 9_200_000, problem: 'damaged' }] },
  'sticks.inspect': { files: [stickFile('ready'), stickFile('ready', { part: 2 })] }, 'sticks.stop': {},
  'sticks.export': { files: [stickFile('own', { sender: 'Máy này' })], bytes: 1_310_000, entries: 23, receipts: 2, chunks: 9, carried: 1 },
  'sticks.import': { files: ['imported', 'nothing_new', 'damaged', 'carried', 'newer', 'unknown_sender'].map((standing) => stickFile(standing)), entries: 41, records: 12, confirmed: 7, photos: 3, stopped: false },
  'exchange.get': exchange(), 'exchange.retry': exchange(), 'exchange.acknowledge': exchange(),
  'exchange.run': { confirmed: 7, received: 12, refused: 1, round_trips: 1, bytes_sent: 40_100, bytes_received: 9000, equal: true },
  'campaigns.list': campaigns, 'criteria.list': { sets: [criteria, passFail] }, 'campaigns.create': campaigns.campaigns[0], 'delegations.set': campaigns.campaigns[0].delegations[1],
  'forks.list': { forks: [{ log: { device: 'aa', incarnation: 3, scope: 's', seq: 12 }, label: 'Máy đồn (minh họa)', holder_name: unitNames[0], unit_name: '', settled: null, is_pending: false, branches: [{ entry: 'e1', entries: 4, from: Date.now() - 90_000_000, to: Date.now() - 80_000_000, titles: ['Thắp sáng đường biên', 'Nâng bước em tới trường'] }, { entry: 'e2', entries: 2, from: null, to: null, titles: [] }] }] },
  'devices.list': { devices: [device('01', 'compiler', 'Tỉnh minh họa', { is_this: true }), device('02', 'post', unitNames[1]), device('03', 'member', 'Đoàn số 2', { slot: 2 }), device('04', 'secretary', 'Đoàn số 2', { slot: 1, revocation_pending: true }), device('05', 'post', unitNames[0], { revoked: true })] },
  'devices.revoke': {},
  'enrolment.invite': { invitation: `cotmoc1:${'minhhoa0'.repeat(24)}`, qr_svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 29 29"><path d="${cells}"/></svg>`, needs_exchange: true, view: { server: 'https://tinh.example:8443', fingerprint: '4F9A C27B 10E3 88D1', province_name: 'Tỉnh minh họa', role: 'member', holder_name: 'Đoàn số 2', slot: 2, expires_at: Date.now() + 1.2e9 } },
  'journal.rebuild': { documents: 214, entries: 1354, changed: 0, state_hash: '4f9a'.repeat(16), entries_hash: 'c27b'.repeat(16) },
};
export const problem = (code, params = {}) => ({ problem: { code, params } });
/** An answer that does not come while the screen is looked at. */
export const never = { never: true };
