import { loadClientConfig } from '@/client-config/client-config';
import { start } from '@/session/app-session';
import { Root } from '@/features/shell/root';
import { startLanguage } from '@/preferences/provider';
import { startReporting } from '@/report/report-error';

export { CrashScreen as ErrorBoundary } from '@/features/shell/crash-screen';

startReporting();
startLanguage();
start();
loadClientConfig();

export default Root;
