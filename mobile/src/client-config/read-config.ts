/** Reads what the service offers. What an older or newer service leaves out is not offered. */
import type { Brand, ClientConfig } from '@/api/generated/latchkey';

const DEFAULT_NAME = 'Latchkey';
const COLOR = /^#[0-9a-f]{6}$/i;
const LINK = /^(https?:\/\/|mailto:)/i;

/** Null for an answer that is not from our service. */
export function readConfig(body: unknown): ClientConfig | null {
  if (typeof body !== 'object' || body === null || !('sign_up' in body)) return null;
  const fields: Record<string, unknown> = { ...body };
  const list = (value: unknown) => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);
  return {
    brand: readBrand(fields.brand),
    email_verification: fields.email_verification === 'required' ? 'required' : 'off',
    languages: list(fields.languages) as ClientConfig['languages'],
    mail: fields.mail === true,
    mailbox: fields.mailbox === true,
    passkeys: fields.passkeys === true,
    second_factor: fields.second_factor === 'administrators' || fields.second_factor === 'required' ? fields.second_factor : 'optional',
    sign_up: fields.sign_up === true,
    sign_up_domains: list(fields.sign_up_domains),
  };
}

function readBrand(value: unknown): Brand {
  const fields = (value ?? {}) as Record<string, unknown>;
  const text = (key: string, pattern: RegExp) => {
    const said = fields[key];
    return typeof said === 'string' && pattern.test(said) ? said : null;
  };
  return {
    name: text('name', /\S/) ?? DEFAULT_NAME,
    accent: text('accent', COLOR),
    logo_url: text('logo_url', LINK),
    privacy_url: text('privacy_url', LINK),
    support_url: text('support_url', LINK),
    terms_url: text('terms_url', LINK),
  };
}
