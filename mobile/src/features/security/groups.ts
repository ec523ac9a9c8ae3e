const GROUP = 4;

/** In groups of four, as people copy such things by hand. */
export const inGroups = (secret: string): string => secret.match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join(' ') ?? '';
