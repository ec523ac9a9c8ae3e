const { getDefaultConfig } = require('expo/metro-config');

const { omit } = require('./scripts/web-omissions');

const config = getDefaultConfig(__dirname);

/** An app in a store cannot guess where its service is, and phones refuse plain HTTP. */
function refuseReleaseWithoutService({ dev, resolveRequest, ...context }, name, platform) {
  const isRelease = !dev && (platform === 'ios' || platform === 'android');
  if (isRelease && !/^https:\/\/./.test(process.env.EXPO_PUBLIC_API_URL ?? '')) {
    throw new Error('A release for phones needs EXPO_PUBLIC_API_URL, the https address of the service.');
  }
  return resolveRequest({ ...context, dev, resolveRequest }, name, platform);
}

config.resolver.resolveRequest = function resolve(context, name, platform) {
  const resolution = refuseReleaseWithoutService(context, name, platform);
  return platform === 'web' && !context.dev ? omit(resolution, context.originModulePath) : resolution;
};

module.exports = config;
