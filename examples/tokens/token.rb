# Token for the signed-in customer, with Ruby 3 alone: ruby token.rb token.pem cus_… SIGN_IN
require "json"
require "openssl"

def token(key, customer, sign_in)
  now = Time.now.to_i
  part = ->(bytes) { [bytes].pack("m0").tr("+/", "-_").delete("=") }
  claims = { sub: customer, sid: sign_in, iat: now, exp: now + 600 }
  text = [{ alg: "EdDSA", typ: "JWT" }, claims].map { |value| part.(JSON.generate(value)) }.join(".")
  "#{text}.#{part.(key.sign(nil, text))}"
end

file, customer, sign_in = ARGV
puts token(OpenSSL::PKey.read(File.read(file)), customer, sign_in)
