// What somebody else would write to get a TypeScript client without a library.
module.exports = {
  latchkey: {
    input: process.env.OPENAPI,
    output: {
      target: process.env.CLIENT,
      client: 'fetch',
      mode: 'single',
      baseUrl: process.env.LATCHKEY_URL,
    },
  },
};
