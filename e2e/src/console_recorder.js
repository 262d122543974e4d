// Records all errors, policy violations and console messages of the page.
window.complaints = [];
const complain = (kind, text) => window.complaints.push(`${kind}: ${text}`);
addEventListener('error', (one) => complain('error', one.message ?? one.target.outerHTML), true);
addEventListener('unhandledrejection', (one) => complain('rejection', one.reason));
document.addEventListener('securitypolicyviolation', (one) =>
    complain('policy', `${one.violatedDirective} ${one.blockedURI} ${one.sample}`));
for (const level of ['debug', 'log', 'info', 'warn', 'error']) {
    const write = console[level];
    console[level] = (...words) => {
        complain(level, words.join(' '));
        write.apply(console, words);
    };
}
