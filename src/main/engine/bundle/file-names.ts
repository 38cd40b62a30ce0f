/** Files of a bundle's folder. */
export const MODEL_FILE = 'model.json';
/** Frozen towers, as the family has them. */
export const WEIGHTS_FILE = 'weights.safetensors';
/** What learns. Also in a folder of learned adapters. */
export const ADAPTERS_FILE = 'adapters.safetensors';
export const TOKENIZER_FILE = 'tokenizer.json';
