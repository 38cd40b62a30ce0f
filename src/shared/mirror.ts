/** Where published models are downloaded from, unless the user has set another address. */
export const PUBLIC_MIRROR = 'https://huggingface.co';
