// Opens the real screens on demonstration answers, as a phone and as a laptop; axe on each, pictures in look/shots.
// `node look/areas.mjs visits sync` looks at some; ends with status 1 on a finding.
import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { answers, comparison, evidence, exchange, never, openHub, passFail, problem, sheet, status, stickPlaces, totals, unitList, visit } from './areaAnswers.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const outDir = `${root}node_modules/.cache/look-areas`;
const shots = `${here}shots/areas`;

const asCompiler = { 'status.get': status('compiler') };
const english = { 'status.get': status('secretary', { settings: { language: 'en', sunlight: false, automatic_exchange: true } }) };
const manyPhotos = { 'evidence.list': evidence() };
const drive = (page) => page.getByRole('radio', { name: /^KINGSTON/ }).check();
const oneStick = { 'sticks.places': { ...stickPlaces, drives: stickPlaces.drives.slice(0, 1) } };
const press = (name, exact = true) => async (page) => page.getByRole('button', { name, exact }).first().click();
const scan = async (page) => { await press('Vào điểm của đồng đội')(page); await press('Quét mã QR')(page); };
const anyPicture = `${here}../../docs/screens/laptop-agreement.png`;
/** name, address, answers of its own, what is done before looking, whether only the window is looked at, and what the browser may use. */
const cases = [
  { name: 'visits-many', at: '/visits' },
  { name: 'visits-none', at: '/visits', own: { 'visits.list': { visits: [], unvisited: [] } } },
  { name: 'visits-error', at: '/visits', own: { 'visits.list': problem('store_broken') } },
  { name: 'visits-start', at: '/visits', over: true, act: async (page) => { await page.getByRole('button', { name: /Bắt đầu chuyến khảo sát:/ }).first().click(); await page.getByLabel('Ngày khảo sát').fill('11/5'); } },
  { name: 'visit-full', at: '/visits/v2' },
  { name: 'visit-personal', at: '/visits/v2', own: { 'findings.put': problem('personal_data', { kind: 'phone', excerpt: '0900 000 000', property: 'text' }) }, act: async (page) => { const field = page.getByRole('textbox', { name: /Thêm vào mục/ }); await field.fill('Liên hệ số 0900 000 000'); await field.press('Enter'); await page.getByText('Chỗ cần xem').waitFor(); } },
  { name: 'visit-take-back', at: '/visits/v2', over: true, act: async (page) => page.getByRole('button', { name: /Rút lại:/ }).first().click() },
  { name: 'visit-bare', at: '/visits/v2', own: { 'visits.get': visit({ agenda: [], findings: [], models: [], missing_parts: [], unfinished: null, place: '', attendance: '' }) } },
  { name: 'visit-reader', at: '/visits/v2', own: { 'visits.get': visit({ is_own: false, may_edit: false, may_agree: false, missing_parts: [] }) } },
  { name: 'score-part', at: '/visits/v2/score/r1' },
  { name: 'score-window', at: '/visits/v2/score/r1', over: true, act: async (page) => { await page.getByRole('spinbutton', { name: /^C2/ }).focus(); await page.keyboard.type('8,3'); await page.keyboard.press('Enter'); } },
  { name: 'score-passfail', at: '/visits/v2/score/r1', own: { 'scores.get': sheet({ criteria: passFail, items: [{ code: 'A1', points: 100, note: '' }, { code: 'A3', points: 0, note: '' }], changed_since_scored: false, not_eligible: 'Mô hình chưa triển khai đủ thời gian tối thiểu' }) } },
  { name: 'score-sunlight', at: '/visits/v2/score/r1', own: { 'status.get': status('member', { settings: { language: 'vi', sunlight: true, automatic_exchange: true } }) } },
  { name: 'agree-open', at: '/visits/v2/agree/r1' },
  { name: 'agree-done', at: '/visits/v2/agree/r1', own: { 'scores.compare': comparison({ agreed_total: 8050, band: 'tot', may_propose_recognition: true, may_agree: false }) } },
  { name: 'agree-none', at: '/visits/v2/agree/r1', own: { 'scores.compare': comparison({ sheets: [], rows: [], may_agree: false }) } },
  { name: 'totals-many', at: '/totals', own: asCompiler, act: press('Mở các đơn vị thuộc', false) },
  { name: 'totals-none', at: '/totals', own: { ...asCompiler, 'totals.get': totals(undefined, { rows: [], footnotes: [], missing: [] }) } },
  { name: 'totals-no-cycle', at: '/totals', own: { ...asCompiler, 'cycles.list': { cycles: [] } } },
  { name: 'totals-print', at: '/totals', own: asCompiler, print: true },
  { name: 'sync-many', at: '/sync' },
  { name: 'sync-none', at: '/sync', own: { 'exchange.get': exchange({ state: { state: 'idle' }, last_problem: null, last_contact: null, local: { records: 0, bytes: 0, rows: [] }, sent: { records: 0, bytes: 0, rows: [] }, province: { records: 0, bytes: 0, rows: [] }, refused: { records: 0, bytes: 0, rows: [] }, waiting: 0, set_aside: [], differing_since: null, not_taken: [], bytes_to_send: 0, seconds_to_send: null, carried: { records: 0, bytes: 0, rows: [] }, teammate: { records: 0, bytes: 0, rows: [] }, only_here: { entries: 0, files: 0, bytes: 0, newest_files: [] }, files: { count: 0, thumbnail_bytes: 0, original_bytes: 0, originals_wait: null }, files_to_fetch: { count: 0, bytes: 0 }, link: { metering: 'unknown', slow: false } }), 'sticks.places': { drives: [], unconfirmed: 0, recipients: [] }, 'sticks.carried': { files: [], bytes: 0, most_bytes: 1, sent: [] }, 'hub.status': { can_open: false, open: null } }, act: press('Nhập gói dữ liệu từ USB') },
  { name: 'sync-fetch-waits', at: '/sync', own: { 'exchange.get': exchange({ bytes_to_send: 0, seconds_to_send: null, files: { count: 0, thumbnail_bytes: 0, original_bytes: 0, originals_wait: 'slow' }, files_to_fetch: { count: 212, bytes: 61_000_000 }, link: { metering: 'unknown', slow: true } }) } },
  { name: 'sync-lives', at: '/sync', own: { 'exchange.get': exchange({ new_lives: [{ began_at: Date.now() - 80_000_000, reason: 'older_copy' }, { began_at: null, reason: 'forked' }], forks: 2, left_out: [{ author: 'Máy đồn (minh họa)', problem: 'too_large', at: Date.now() - 80_000_000 }] }) } },
  { name: 'devices-forked', at: '/devices', own: { ...asCompiler, 'status.get': status('administrator') } },
  { name: 'sync-english-lives', at: '/sync', own: { ...english, 'exchange.get': exchange({ new_lives: ['other_machine', 'other_place', 'older_copy', 'remote_ahead', 'forked'].map((reason, at) => ({ began_at: at ? Date.now() - 80_000_000 : null, reason })), forks: 1 }) } },
  { name: 'devices-settle', at: '/devices', over: true, own: { ...asCompiler, 'status.get': status('administrator') }, act: async (page) => { await page.getByRole('button', { name: /^Dùng nhánh 2/ }).first().click(); await page.getByRole('dialog').waitFor(); } },
  { name: 'devices-settle-refused', at: '/devices', over: true, own: { ...asCompiler, 'status.get': status('administrator'), 'forks.settle': problem('role_may_not', { role: 'administrator' }) }, act: async (page) => { await page.getByRole('button', { name: /^Dùng nhánh 2/ }).first().click(); await page.getByRole('dialog').getByRole('button', { name: 'Dùng nhánh này' }).click(); await page.getByRole('alert').waitFor(); } },
  { name: 'devices-english', at: '/devices', own: { ...asCompiler, 'status.get': status('administrator', { settings: { language: 'en', sunlight: false, automatic_exchange: true } }) } },
  { name: 'sync-failed', at: '/sync', over: true, own: { 'exchange.run': problem('server_unreachable', { server: 'https://tinh.example:8443' }) }, act: press('Đồng bộ ngay') },
  { name: 'sync-moving', at: '/sync', over: true, act: async (page) => { await page.evaluate(() => window.say({ event: 'exchange', state: { state: 'running', phase: 'sending', done: 12_288, total: 38_912 } })); } },
  { name: 'sync-usb-out', at: '/sync', act: async (page) => { await press('Xuất gói dữ liệu ra USB')(page); await drive(page); } },
  { name: 'sync-usb-written', at: '/sync', act: async (page) => { await press('Xuất gói dữ liệu ra USB')(page); await drive(page); await press('Xuất gói dữ liệu ra USB')(page); await page.getByText('Có thể rút USB', { exact: true }).waitFor(); } },
  { name: 'sync-usb-in', at: '/sync', act: async (page) => { await press('Nhập gói dữ liệu từ USB')(page); await drive(page); await press('Xem các gói')(page); await page.getByRole('button', { name: /^Nhập 2 tệp/ }).click(); await page.getByText('Đã nhập xong', { exact: true }).waitFor(); } },
  { name: 'sync-hub', at: '/sync', act: async (page) => { await press('Mở điểm trao đổi')(page); await page.getByRole('img').waitFor(); } },
  { name: 'sync-usb-full', at: '/sync', own: { 'sticks.export': problem('stick_full') }, act: async (page) => { await press('Xuất gói dữ liệu ra USB')(page); await drive(page); await press('Chọn thêm nơi nhận (2)')(page); await press('Xuất gói dữ liệu ra USB')(page); await page.getByRole('alert').waitFor(); } },
  { name: 'sync-usb-unchosen', at: '/sync', act: async (page) => { await press('Xuất gói dữ liệu ra USB')(page); await press('Xuất gói dữ liệu ra USB')(page); } },
  { name: 'sync-usb-writing', at: '/sync', over: true, own: { 'sticks.export': never, ...oneStick }, act: async (page) => { await press('Xuất gói dữ liệu ra USB')(page); await press('Xuất gói dữ liệu ra USB')(page); await page.evaluate(() => window.say({ event: 'progress', work: 'stick_verify', done: 412_000, total: 1_310_000 })); } },
  { name: 'sync-usb-empty', at: '/sync', own: { 'sticks.inspect': { files: [] }, ...oneStick }, act: async (page) => { await press('Nhập gói dữ liệu từ USB')(page); await press('Xem các gói')(page); await page.getByText('Không có gói dữ liệu nào ở đây').waitFor(); } },
  { name: 'sync-usb-found', at: '/sync', act: async (page) => { await press('Nhập gói dữ liệu từ USB')(page); await drive(page); await press('Xem các gói')(page); await page.getByRole('button', { name: /^Nhập 2 tệp/ }).waitFor(); } },
  { name: 'sync-hub-joined', at: '/sync', own: { 'remotes.exchange': answers['exchange.run'] }, act: async (page) => { await press('Vào điểm của đồng đội')(page); await page.getByLabel('Mã của điểm trao đổi').fill('cotmochub1:AbCdEf'); await press('Vào và trao đổi')(page); await page.getByText('Đã vào điểm của').waitFor(); } },
  { name: 'sync-hub-refused', at: '/sync', own: { 'hub.join': problem('hub_text_not_one') }, act: async (page) => { await press('Vào điểm của đồng đội')(page); await page.getByLabel('Mã của điểm trao đổi').fill('cotmoc1:khac'); await press('Vào và trao đổi')(page); await page.getByRole('alert').waitFor(); } },
  { name: 'sync-scan', at: '/sync', over: true, permissions: ['camera'], act: async (page) => { await scan(page); await page.getByText('Đang tìm mã').waitFor(); } },
  { name: 'sync-scan-join', at: '/sync', act: press('Vào điểm của đồng đội') },
  { name: 'sync-scan-refused', at: '/sync', over: true, permissions: [], act: async (page) => { await scan(page); await page.getByText('chưa được phép').waitFor(); } },
  { name: 'sync-scan-no-code', at: '/sync', over: true, permissions: [], act: async (page) => { await scan(page); await page.locator('[data-scan=picture]').setInputFiles(anyPicture); await page.getByText('Không thấy mã QR').waitFor(); } },
  { name: 'sync-english-scan', at: '/sync', over: true, own: english, permissions: ['camera'], act: async (page) => { await press('Join a teammate’s point')(page); await press('Scan a QR code')(page); await page.getByText('Looking for a code').waitFor(); await page.locator('[data-scan=picture]').setInputFiles(anyPicture); await page.getByText('No QR code is seen').waitFor(); } },
  { name: 'enrolment', at: '/', own: { 'status.get': { ...status('post'), identity: null } } },
  { name: 'sync-hub-no-network', at: '/sync', own: { 'hub.status': { can_open: true, open: { ...openHub, addresses: [], invitation: '', qr_svg: '', guests: [] } } } },
  { name: 'sync-route-failed', at: '/sync', act: async (page) => { await page.getByRole('button', { name: /^Trao đổi với Máy thư ký/ }).click(); await page.getByRole('alert').waitFor(); } },
  { name: 'sync-route-forget', at: '/sync', over: true, act: async (page) => page.getByRole('button', { name: /^Bỏ đường: Máy thư ký/ }).click() },
  { name: 'sync-lost', at: '/sync', act: press('Xem tên 4 ảnh và tệp') },
  { name: 'sync-english', at: '/sync', own: english, act: press('Show the names of 4 photos and files') },
  { name: 'sync-english-usb', at: '/sync', own: english, act: async (page) => { await press('Export package to USB')(page); await drive(page); await press('Export package to USB')(page); await page.getByText('Safe to remove the stick', { exact: true }).waitFor(); } },
  { name: 'sync-english-in', at: '/sync', own: english, act: async (page) => { await press('Import package from USB')(page); await drive(page); await press('Show the packages')(page); await page.getByRole('button', { name: /^Import 2 files/ }).click(); await page.getByText('Import finished', { exact: true }).waitFor(); } },
  { name: 'sync-english-hub', at: '/sync', own: { ...english, 'hub.status': { can_open: true, open: openHub } } },
  { name: 'evidence-many', at: '/visits/v2', own: manyPhotos },
  { name: 'evidence-english', at: '/visits/v2', own: { ...english, ...manyPhotos } },
  { name: 'evidence-open', at: '/visits/v2', over: true, own: manyPhotos, act: async (page) => { await page.getByRole('button', { name: /^Xem Lễ ra mắt/ }).first().click(); await page.getByRole('dialog').waitFor(); } },
  { name: 'evidence-missing', at: '/visits/v2', over: true, own: manyPhotos, act: async (page) => { await page.getByRole('button', { name: /^Xem Trao con giống/ }).first().click(); await page.getByRole('dialog').waitFor(); } },
  { name: 'evidence-remove', at: '/visits/v2', over: true, own: manyPhotos, act: async (page) => { await page.getByRole('button', { name: /^Xem IMG_2026/ }).first().click(); await page.getByRole('button', { name: 'Bỏ minh chứng' }).click(); } },
  { name: 'evidence-english-open', at: '/visits/v2', over: true, own: { ...english, ...manyPhotos }, act: async (page) => { await page.getByRole('button', { name: /^View Lễ ra mắt/ }).first().click(); await page.getByRole('dialog').waitFor(); } },
  { name: 'evidence-english-missing', at: '/visits/v2', over: true, own: { ...english, ...manyPhotos }, act: async (page) => { await page.getByRole('button', { name: /^View Trao con giống/ }).first().click(); await page.getByRole('dialog').waitFor(); } },
  { name: 'evidence-error', at: '/visits/v2', own: { 'evidence.list': problem('store_broken') } },
  { name: 'sync-done', at: '/sync', over: true, act: press('Đồng bộ ngay') },
  { name: 'settings-bare', at: '/settings', act: press('Dựng lại từ nhật ký') },
  { name: 'settings-passphrase', at: '/settings', over: true, own: { 'status.get': status('compiler', { key_keeping: 'passphrase' }), 'passphrase.change': problem('wrong_passphrase') }, act: async (page) => { await press('Đổi mật khẩu')(page); await page.getByLabel('Mật khẩu mới', { exact: false }).first().fill('ngắn'); await page.getByRole('dialog').getByRole('button', { name: 'Đổi mật khẩu' }).click(); } },
  { name: 'settings-english', at: '/settings', own: { 'status.get': status('compiler', { settings: { language: 'en', sunlight: false, automatic_exchange: false } }) } },
  { name: 'campaigns-many', at: '/campaigns', own: asCompiler },
  { name: 'campaigns-none', at: '/campaigns', own: { ...asCompiler, 'campaigns.list': { campaigns: [] } } },
  { name: 'campaigns-create', at: '/campaigns', own: asCompiler, act: async (page) => { await press('Tạo đợt khảo sát')(page); await page.getByLabel('Tên đợt khảo sát').waitFor(); await page.getByRole('button', { name: 'Tạo đợt khảo sát' }).last().click(); } },
  { name: 'campaigns-delegation', at: '/campaigns', own: asCompiler, act: async (page) => { await page.getByRole('button', { name: 'Sửa đơn vị của đoàn số 2' }).click(); await page.getByLabel('Tìm đơn vị').fill('don'); } },
  { name: 'devices-many', at: '/devices', own: asCompiler, act: async (page) => { await page.getByLabel('Vai trò').selectOption('member'); } },
  { name: 'devices-invited', at: '/devices', own: asCompiler, act: async (page) => { await page.getByLabel('Vai trò').selectOption('administrator'); await press('Lập thư mời')(page); await page.getByRole('img').waitFor(); } },
  { name: 'devices-revoke', at: '/devices', own: asCompiler, over: true, act: press('Thu hồi máy', false) },
  { name: 'devices-error', at: '/devices', own: { ...asCompiler, 'devices.list': problem('not_allowed'), 'units.list': unitList } },
];
const wanted = process.argv.slice(2);
const chosen = cases.filter(({ name }) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)));
const windows = [
  { name: 'phone', viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  { name: 'laptop', viewport: { width: 1366, height: 768 } },
];

await mkdir(shots, { recursive: true });
await build({ root, configFile: `${root}vite.config.ts`, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
const server = await preview({ root, configFile: `${root}vite.config.ts`, build: { outDir }, preview: { port: 0, strictPort: false } });
const origin = `http://127.0.0.1:${server.httpServer.address().port}/`;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--use-fake-device-for-media-stream'] });
/** Any picture: what stands in the place of photos. */
const picture = await readFile(new URL('../../docs/screens/laptop-agreement.png', import.meta.url));
const wrong = [];

async function look(page, name, over) {
  await page.screenshot({ path: `${shots}/${name}.png`, fullPage: !over });
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const found of violations) wrong.push(`${name}: ${found.impact} ${found.id}: ${found.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(' | ')}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) wrong.push(`${name}: ${wide} px wider than the window`);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('a, button, input, select, textarea, summary')]
      .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden, .skip'))
      .map((element) => ({ element: element.closest('label') ?? element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
      .filter(({ element, box }) => (box.height < 44 || box.width < 44) && getComputedStyle(element).display !== 'inline')
      .map(({ element, box }) => `${element.tagName} ${element.className} ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
  for (const one of new Set(small)) wrong.push(`${name}: target under 44 px: ${one}`);
}

for (const { name: window_, ...options } of windows) {
  for (const { name, at, own = {}, act, over = false, print = false, permissions } of chosen) {
    if (print && window_ === 'phone') continue;
    const context = await browser.newContext({ ...options, locale: 'vi-VN', ...(permissions && { permissions }) });
    const page = await context.newPage();
    const label = `${window_}-${name}`;
    page.on('pageerror', (error) => wrong.push(`${label}: ${error.message}`));
    // A refused request is said by the browser as well; here it is the point of the case.
    page.on('console', (message) => message.type() === 'error' && !message.text().includes('409') && wrong.push(`${label}: ${message.text()}`));
    await page.addInitScript(() => {
      const open = new Set();
      window.EventSource = class { constructor() { open.add(this); } close() { open.delete(this); } };
      window.say = (event) => open.forEach((one) => one.onmessage?.({ data: JSON.stringify(event) }));
    });
    await page.route('**/api/media/**', (route) => route.fulfill({ body: picture, contentType: 'image/jpeg' }));
    await page.route('**/api/call', (route) => {
      const { method, params } = route.request().postDataJSON();
      const known = { ...answers, ...own }[method];
      const answer = typeof known === 'function' ? known(params) : known;
      if (answer === undefined) return route.fulfill({ status: 409, json: { code: 'not_demonstrated', params: { method } } });
      // The screen is looked at while it waits.
      if (answer.never) return;
      return answer.problem ? route.fulfill({ status: 409, json: answer.problem }) : route.fulfill({ json: answer });
    });
    try {
      await page.goto(`${origin}#${at}`);
      await page.evaluate(() => document.fonts.ready);
      await page.locator('main h1').waitFor({ timeout: 5000 });
      await page.waitForTimeout(150);
      if (act) await act(page);
      await page.waitForTimeout(200);
      if (print) {
        // The printed width of A4 inside the margins of print.css.
        await page.setViewportSize({ width: 624, height: 900 });
        await page.emulateMedia({ media: 'print' });
        await page.screenshot({ path: `${shots}/${label}.png`, fullPage: true });
      } else await look(page, label, over);
    } catch (reason) {
      wrong.push(`${label}: ${String(reason).split('\n')[0]}`);
      await page.screenshot({ path: `${shots}/${label}.png` });
    }
    await context.close();
  }
}
await browser.close();
await server.close();
for (const line of wrong) console.log(line);
console.log(wrong.length ? `${wrong.length} findings` : `${chosen.length} cases, no findings`);
process.exit(wrong.length ? 1 : 0);
