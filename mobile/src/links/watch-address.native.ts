/** On a phone, links come through app/+native-intent.ts. */
export {};
