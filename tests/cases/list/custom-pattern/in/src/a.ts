/* pin: node */

export const node = 'v22.11.0', port = 8080;
