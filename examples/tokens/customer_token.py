# Token for the signed-in customer, with PyJWT and cryptography: python3 customer_token.py token.pem cus_… SIGN_IN
import sys
import time

import jwt


def token(key, customer, sign_in):
    now = int(time.time())
    claims = {"sub": customer, "sid": sign_in, "iat": now, "exp": now + 600}
    return jwt.encode(claims, key, algorithm="EdDSA")


if __name__ == "__main__":
    file, customer, sign_in = sys.argv[1:]
    print(token(open(file).read(), customer, sign_in))
