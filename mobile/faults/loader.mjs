// Lets Node run the client's own sources: the alias, and paths without an extension.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

registerHooks({
  resolve(name, context, next) {
    const isOurs = name.startsWith('@/') || (name.startsWith('.') && !path.extname(name).match(/\.(m?js|ts)$/));
    if (!isOurs || context.parentURL?.includes('/node_modules/')) return next(name, context);
    const file = name.startsWith('@/')
      ? path.resolve('src', name.slice(2))
      : path.resolve(path.dirname(fileURLToPath(context.parentURL)), name);
    return next(existsSync(`${file}.ts`) ? pathToFileURL(`${file}.ts`).href : name, context);
  },
});
