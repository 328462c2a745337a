import { expect, goTo, test, w, type Province } from '../fixtures';
import { Refused } from '../province';

/** The code with which a use case is refused. */
async function refusal(asked: Promise<unknown>): Promise<string | undefined> {
  return asked.then(
    () => undefined,
    (reason: unknown) => (reason instanceof Refused ? reason.code : String(reason)),
  );
}

const revokeButtons = (label: string): string => w('device.revokeOf', { label });
const thisDevice = async (device: Province['administrator']): Promise<string> => (await device.call('devices.list')).devices.find((one) => one.is_this)?.device ?? '';

test('a compiler sees the devices and invites for its work, and no button that would be refused', async ({ province, open }) => {
  const page = await open(province.compiler, '/devices');
  await expect(page.getByRole('row', { name: /Máy quản trị/ })).toBeVisible();
  await expect(page.getByRole('button', { name: revokeButtons('Máy quản trị') })).toHaveCount(0);
  const roles = page.getByLabel(new RegExp(`^${w('invite.role')}`)).locator('option');
  await expect(roles.filter({ hasText: w('role.post') })).toHaveCount(1);
  await expect(roles.filter({ hasText: w('role.administrator') })).toHaveCount(0);
});

test('an administrator revokes another device, never its own', async ({ province, open }) => {
  const { administrator } = province;
  await administrator.exchange();
  const page = await open(administrator, '/devices');
  await expect(page.getByRole('button', { name: revokeButtons('Máy tổng hợp') })).toBeVisible();
  await expect(page.getByRole('button', { name: revokeButtons('Máy quản trị') })).toHaveCount(0);
  const own = { device: await thisDevice(administrator), reason: 'Nhầm máy' };
  expect(await refusal(administrator.call('devices.revoke', own))).toBe('own_device');
});

test('the address of a screen of another role shows no form, and the way back', async ({ province, open }) => {
  const post = await province.post('post');
  const page = await open(post, '/devices');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(w('screen.notForRole'));
  await expect(page.getByRole('button', { name: w('invite.make') })).toHaveCount(0);
  await page.getByRole('main').getByRole('link', { name: w('screen.toStart') }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(w('nav.overview'));
});

test('a search lights no section of the rail', async ({ province, open }) => {
  const post = await province.post('post');
  const page = await open(post);
  await goTo(page, '/search?q=bua');
  await expect(page.getByRole('navigation', { name: w('nav.main') }).first().locator('[aria-current]')).toHaveCount(0);
});

test('the chip of what waits says how many there are, whichever is chosen', async ({ province, open }) => {
  const post = await province.post('post');
  const registration = await post.register('Bữa sáng cho em');
  await post.register('Con nuôi đồn biên phòng');
  await post.exchange();
  await province.compiler.exchange();
  await province.compiler.call('registrations.review', { registration, decision: 'returned', reason: 'Thiếu mục tiêu' });
  await province.compiler.exchange();
  await post.exchange();
  const page = await open(post, '/models');
  const waits = page.getByRole('button', { name: `${w('models.needsPost')} 1`, exact: true });
  const every = page.getByRole('button', { name: `${w('common.all')} 2`, exact: true }).first();
  await expect(every).toBeVisible();
  await waits.click();
  await expect(waits).toHaveAttribute('aria-pressed', 'true');
  await expect(every).toBeVisible();
  await expect(page.getByRole('link', { name: 'Con nuôi đồn biên phòng' })).toHaveCount(0);
});
