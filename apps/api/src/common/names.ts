/** Names as they stand in addresses. */
export const SLUG = /^[a-z0-9-]{1,64}$/;
export const SLUG_MEANING = '1 to 64 of a-z, 0-9 and -';
/** Starts with a letter or digit, so that a name never looks like an option or a hidden file. */
export const USERNAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{2,31}$/;
export const USERNAME_MEANING = '3 to 32 letters, digits, _ - or ., the first a letter or digit';
/** 22 characters of base64url: 128 random bits. */
export const TOKEN_22 = /^[A-Za-z0-9_-]{22}$/;

/** Names are case-insensitively unique. */
export const usernameKey = (username: string) => username.toLowerCase();
