import { call } from '../../backend/backend';

/** How much of what an administrator looks after there is. */
export interface Looked {
  units: number;
  devices: number;
  /** Revocations on their way to the province. */
  revocations: number;
  campaigns: number;
}

export async function lookedAfter(): Promise<Looked> {
  const [{ units }, { devices }, { campaigns }] = await Promise.all([
    call('units.list', {}),
    call('devices.list', {}),
    call('campaigns.list', {}),
  ]);
  return {
    units: units.length,
    devices: devices.filter((device) => !device.revoked).length,
    revocations: devices.filter((device) => device.revocation_pending && !device.revoked).length,
    campaigns: campaigns.length,
  };
}
