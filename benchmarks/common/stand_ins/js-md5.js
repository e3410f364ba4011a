// What the solutions use of js-md5: the digest of a string, in hex.
module.exports = text => require('crypto').createHash('md5').update(text, 'utf8').digest('hex');
