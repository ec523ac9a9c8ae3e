// Without the bar of the stand-alone layout: its logo has an inline style, which our policy forbids.
window.ui = SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
});
