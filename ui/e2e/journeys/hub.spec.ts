import AxeBuilder from '@axe-core/playwright';
import { expect, press, test, w } from '../fixtures';

test('with the province out of reach two devices of a delegation exchange over the hub on the table', async ({ province, open }) => {
  const { secretary, head } = await province.delegation();
  // They know of each other from the province; only then is it out of reach.
  await head.exchange();
  await secretary.exchange();
  await province.stopServer();

  const table = await open(secretary, '/sync');
  await press(table, w('hub.open'));
  await expect(table.getByRole('img', { name: w('hub.qr') })).toBeVisible();
  const invitation = await table.getByLabel(w('hub.text'), { exact: true }).inputValue();
  expect(invitation).toContain('cotmochub1:');
  expect((await new AxeBuilder({ page: table }).analyze()).violations).toEqual([]);

  const guest = await open(head, '/sync');
  await press(guest, w('hub.join'));
  await guest.getByLabel(w('hub.text'), { exact: true }).fill(invitation);
  await press(guest, w('hub.joinButton'));
  await expect(guest.getByText(w('hub.joined', { label: 'Máy thư ký 2' }), { exact: true })).toBeVisible();
  await expect(guest.getByText(w('hub.joinedText'), { exact: true })).toBeVisible();
  await expect(guest.getByRole('heading', { name: 'Máy thư ký 2' })).toBeVisible();
  await expect(table.getByText('Máy trưởng đoàn 1', { exact: true })).toBeVisible();

  await press(table, w('hub.close'));
  await expect(table.getByRole('button', { name: w('hub.open'), exact: true })).toBeVisible();
});
