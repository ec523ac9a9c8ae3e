/** Answers for the modules that scripts/web-omissions.js leaves out and the router still calls. */
exports.createNativeStackNavigator = () => ({ Navigator: () => null });
exports.initScreensFeatureFlags = () => undefined;
exports.Head = { Provider: ({ children }) => children };
