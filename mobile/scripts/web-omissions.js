/**
 * Modules of libraries that the web client carries but never runs: phones' navigators, headers and
 * previews, and the components of React Native Web that no page uses. They cannot be shaken off, since
 * the libraries ask for all of them by name. Left out of release builds alone.
 */
const { existsSync } = require('node:fs');
const path = require('node:path');

const project = path.dirname(require.resolve('../package.json'));
const modules = path.join(project, 'node_modules');
const stub = path.join(project, 'scripts/web-stub.js');

const routerParts = [
  'color/index.js',
  'layouts/Tabs.js',
  'layouts/experimental-stack/index.web.js',
  'layouts/stack-utils/index.js',
  'link/LinkWithPreview.js',
  'link/elements.js',
  'primitives/elements.js',
  'views/ErrorBoundary.js',
  'views/Sitemap.js',
  'views/Toast.js',
];

/** Asked for while the router starts, so that something has to answer. */
const stubbedParts = ['fork/native-stack/createNativeStackNavigator.js', 'head/index.js', 'screensFeatureFlags.js'];

const components = [
  'Animated', 'Button', 'CheckBox', 'Clipboard', 'FlatList', 'Image', 'ImageBackground', 'InteractionManager',
  'KeyboardAvoidingView', 'LayoutAnimation', 'PanResponder', 'Picker', 'ProgressBar', 'RefreshControl',
  'SafeAreaView', 'SectionList', 'Share', 'Switch', 'Touchable', 'TouchableHighlight', 'TouchableNativeFeedback',
  'TouchableOpacity', 'TouchableWithoutFeedback', 'Vibration', 'VirtualizedList', 'YellowBox',
];

const inRouter = (part) => path.join(modules, 'expo-router/build', part);
const inReact = (name) => path.join(modules, 'react-native-web/dist/exports', name, 'index.js');

const left = new Set(routerParts.map(inRouter));
const stubbed = new Set(stubbedParts.map(inRouter));
/** Only where everything is asked for: what a component in use asks for by itself stays. */
const unlisted = new Set(components.map(inReact));
const reactIndex = path.join(modules, 'react-native-web/dist/index.js');

// A library that moved a file would otherwise bring it back unnoticed.
for (const file of [...left, ...stubbed, ...unlisted, reactIndex]) {
  if (!existsSync(file)) throw new Error(`scripts/web-omissions.js names ${file}, which does not exist.`);
}

/** What stands in the place of a file that was asked for from another one. */
exports.omit = function omit(resolution, origin) {
  if (resolution.type !== 'sourceFile') return resolution;
  const { filePath } = resolution;
  if (stubbed.has(filePath)) return { type: 'sourceFile', filePath: stub };
  const isLeftOut = left.has(filePath) || (origin === reactIndex && unlisted.has(filePath));
  return isLeftOut ? { type: 'empty' } : resolution;
};
