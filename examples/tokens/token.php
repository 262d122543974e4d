<?php
// Token for the signed-in customer, with PHP's own sodium: php token.php token.pem cus_… SIGN_IN

function token(string $pem, string $customer, string $signIn): string
{
    // The last 32 bytes of an Ed25519 key in PKCS #8 are its seed.
    $der = base64_decode(preg_replace('/-----.*?-----|\s/', '', $pem));
    $key = sodium_crypto_sign_secretkey(sodium_crypto_sign_seed_keypair(substr($der, -32)));
    $part = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    $claims = ['sub' => $customer, 'sid' => $signIn, 'iat' => time(), 'exp' => time() + 600];
    $text = $part(json_encode(['alg' => 'EdDSA', 'typ' => 'JWT'])) . '.' . $part(json_encode($claims));
    return $text . '.' . $part(sodium_crypto_sign_detached($text, $key));
}

[, $file, $customer, $signIn] = $argv;
echo token(file_get_contents($file), $customer, $signIn), "\n";
