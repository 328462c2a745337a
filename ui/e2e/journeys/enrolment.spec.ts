import { expect, muongLan, press, said, test, w, type Page } from '../fixtures';

async function paste(page: Page, invitation: string): Promise<void> {
  await page.getByLabel(w('enrolment.invitation')).fill(invitation);
  await press(page, w('enrolment.inspect'));
}

async function accept(page: Page, label: string): Promise<void> {
  await page.getByLabel(w('enrolment.label')).fill(label);
  await press(page, w('enrolment.accept'));
}

test('a fresh device is enrolled by pasting the invitation, and its name reaches the province', async ({ province, open }) => {
  const unit = await province.unit(muongLan);
  const invitation = await province.invite({ role: 'post', unit });
  const page = await open(province.device('fresh'), '/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(w('enrolment.title'));
  await paste(page, `  ${invitation}\n`);
  for (const words of ['Tỉnh Sơn La', muongLan, w('role.post')]) await expect(page.getByRole('main').getByText(words, { exact: true })).toBeVisible();

  await press(page, w('enrolment.accept'));
  await expect(page.getByText(w('enrolment.labelNeeded'))).toBeVisible();
  await accept(page, 'Máy tính trực ban');
  await expect(said(page, w('enrolment.accepted', { province: 'Tỉnh Sơn La' }))).toBeVisible();
  await expect(page.getByRole('banner')).toContainText(muongLan);
  // The units and the cycle came with the enrolment: the post can start at once.
  await expect(page.getByRole('main')).toContainText('2024');

  await province.compiler.exchange();
  const { devices } = await province.compiler.call('devices.list');
  expect(devices.map((device) => device.label)).toContain('Máy tính trực ban');
});

test('an invitation that was used says so, and what to do', async ({ province, open }) => {
  const invitation = await province.invite({ role: 'post', unit: await province.unit(muongLan) });
  await province.device('first').call('enrolment.accept', { invitation, label: 'Máy thứ nhất' });
  const page = await open(province.device('second'), '/');
  await paste(page, invitation);
  await accept(page, 'Máy thứ hai');
  const refusal = page.getByRole('alert');
  await expect(refusal).toContainText(w('problem.invitation_used.happened'));
  await expect(refusal).toContainText(w('problem.invitation_used.next'));
  await press(page, w('enrolment.otherText'));
  await expect(page.getByLabel(w('enrolment.invitation'))).toBeVisible();
});

test('what is no invitation, a damaged one and one the province does not know yet are told apart', async ({ province, open }) => {
  const made = await province.compiler.call('enrolment.invite', { role: 'post', unit: await province.unit(muongLan), valid_days: 7 });
  const page = await open(province.device('fresh'), '/');
  const refusal = page.getByRole('alert');
  await paste(page, 'xin chào');
  await expect(refusal).toContainText(w('problem.invitation_not_one.happened'));
  // Its letters are random: another one than stands there.
  const other = made.invitation[60] === 'q' ? 'a' : 'q';
  await paste(page, `${made.invitation.slice(0, 60)}${other}${made.invitation.slice(61)}`);
  await expect(refusal).toContainText(w('problem.invitation_damaged.happened'));

  await paste(page, made.invitation);
  await accept(page, 'Máy tính trực ban');
  await expect(refusal).toContainText(w('problem.invitation_unknown.happened'));
  await province.compiler.exchange();
  await press(page, w('enrolment.accept'));
  await expect(page.getByRole('banner')).toContainText(muongLan);
});

test('without the server, an invitation is kept for another try', async ({ province, open }) => {
  const invitation = await province.invite({ role: 'post', unit: await province.unit(muongLan) });
  await province.stopServer();
  const page = await open(province.device('fresh'), '/');
  await paste(page, invitation);
  await accept(page, 'Máy tính trực ban');
  await expect(page.getByRole('alert')).toContainText(w('problem.server_unreachable.happened'));
  await province.startServer();
  await press(page, w('enrolment.accept'));
  await expect(page.getByRole('banner')).toContainText(muongLan);
});
