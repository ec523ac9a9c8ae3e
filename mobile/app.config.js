// Adds to app.json what depends on where the service is: the links that open the app, and the passkeys that it may use.

/** The pages that mails lead to. */
const PAGES = ['/verify', '/reset', '/confirm-email', '/undo', '/invitation'];

module.exports = ({ config }) => {
  const { protocol, hostname } = new URL(process.env.EXPO_PUBLIC_API_URL || 'http://localhost');
  // Both systems trust an app with links and passkeys of https only.
  if (protocol !== 'https:') return config;
  return {
    ...config,
    ios: { ...config.ios, associatedDomains: [`applinks:${hostname}`, `webcredentials:${hostname}`] },
    android: {
      ...config.android,
      intentFilters: [
        {
          action: 'VIEW',
          autoVerify: true,
          data: PAGES.map((path) => ({ scheme: 'https', host: hostname, path })),
          category: ['BROWSABLE', 'DEFAULT'],
        },
      ],
    },
  };
};
