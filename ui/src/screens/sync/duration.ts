import { t } from '../../i18n';

/** About how long something takes, as rough as it is known: seconds below a minute, then whole minutes, then hours. */
export function aboutHowLong(seconds: number): string {
  if (seconds < 60) return t('sync.aboutSeconds', { n: Math.max(1, Math.ceil(seconds)) });
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return t('sync.aboutMinutes', { n: minutes });
  return t('sync.aboutHours', { n: Math.ceil(minutes / 60) });
}
