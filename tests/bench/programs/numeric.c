typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned long long u64;
#define E(n) __attribute__((export_name(#n)))
E(fib) int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static u8 flags[100001];
E(sieve) int sieve(int n) {
  int count = 0;
  for (int i = 0; i <= n; i++)
    flags[i] = 1;
  for (int i = 2; i <= n; i++) {
    if (flags[i]) {
      count++;
      for (int k = i + i; k <= n; k += i)
        flags[k] = 0;
    }
  }
  return count;
}
static double A[64 * 64], B[64 * 64], C[64 * 64];
E(matmul) double matmul(int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      A[i * n + j] = i + j;
      B[i * n + j] = i - j;
    }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double s = 0;
      for (int k = 0; k < n; k++)
        s += A[i * n + k] * B[k * n + j];
      C[i * n + j] = s;
    }
  double t = 0;
  for (int i = 0; i < n * n; i++)
    t += C[i];
  return t;
}
static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static u32 H[8];
static u8 msg[1 << 16];
static u32 W[64];
#define ROR(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
static void block(const u8 *p) {
  for (int i = 0; i < 16; i++)
    W[i] = (u32)p[4 * i] << 24 | (u32)p[4 * i + 1] << 16 | (u32)p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    u32 s0 = ROR(W[i - 15], 7) ^ ROR(W[i - 15], 18) ^ (W[i - 15] >> 3),
        s1 = ROR(W[i - 2], 17) ^ ROR(W[i - 2], 19) ^ (W[i - 2] >> 10);
    W[i] = W[i - 16] + s0 + W[i - 7] + s1;
  }
  u32 a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
  for (int i = 0; i < 64; i++) {
    u32 S1 = ROR(e, 6) ^ ROR(e, 11) ^ ROR(e, 25), ch = (e & f) ^ (~e & g), t1 = h + S1 + ch + K[i] + W[i],
        S0 = ROR(a, 2) ^ ROR(a, 13) ^ ROR(a, 22), mj = (a & b) ^ (a & c) ^ (b & c), t2 = S0 + mj;
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  H[0] += a;
  H[1] += b;
  H[2] += c;
  H[3] += d;
  H[4] += e;
  H[5] += f;
  H[6] += g;
  H[7] += h;
}
E(sha256) u32 sha256(int len) {
  static const u32 I[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (int i = 0; i < 8; i++)
    H[i] = I[i];
  for (int i = 0; i < len; i++)
    msg[i] = i;
  int n = len;
  msg[n++] = 0x80;
  while (n % 64 != 56)
    msg[n++] = 0;
  u64 bits = (u64)len * 8;
  for (int i = 7; i >= 0; i--)
    msg[n++] = bits >> (8 * i);
  for (int i = 0; i < n; i += 64)
    block(msg + i);
  return H[0];
}
struct body {
  double x, y, z, vx, vy, vz, m;
};
#define PI 3.141592653589793
#define SM (4 * PI * PI)
#define DP 365.24
static struct body bs[5];
static const struct body init[5] = {
    {0, 0, 0, 0, 0, 0, SM},
    {4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03 * DP,
     7.69901118419740425e-03 * DP, -6.90460016972063023e-05 * DP, 9.54791938424326609e-04 * SM},
    {8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411899e-03 * DP,
     4.99852801234917238e-03 * DP, 2.30417297573763929e-05 * DP, 2.85885980666130812e-04 * SM},
    {1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03 * DP,
     2.37847173959480950e-03 * DP, -2.96589568540237556e-05 * DP, 4.36624404335156298e-05 * SM},
    {1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03 * DP,
     1.62824170038242295e-03 * DP, -9.51592254519715870e-05 * DP, 5.15138902046611451e-05 * SM}};
E(nbody) double nbody(int n) {
  for (int i = 0; i < 5; i++)
    bs[i] = init[i];
  double px = 0, py = 0, pz = 0;
  for (int i = 0; i < 5; i++) {
    px += bs[i].vx * bs[i].m;
    py += bs[i].vy * bs[i].m;
    pz += bs[i].vz * bs[i].m;
  }
  bs[0].vx = -px / SM;
  bs[0].vy = -py / SM;
  bs[0].vz = -pz / SM;
  double dt = 0.01;
  while (n--) {
    for (int i = 0; i < 5; i++) {
      struct body *b = &bs[i];
      for (int j = i + 1; j < 5; j++) {
        struct body *c = &bs[j];
        double dx = b->x - c->x, dy = b->y - c->y, dz = b->z - c->z;
        double d2 = dx * dx + dy * dy + dz * dz;
        double mag = dt / (d2 * __builtin_sqrt(d2));
        b->vx -= dx * c->m * mag;
        b->vy -= dy * c->m * mag;
        b->vz -= dz * c->m * mag;
        c->vx += dx * b->m * mag;
        c->vy += dy * b->m * mag;
        c->vz += dz * b->m * mag;
      }
    }
    for (int i = 0; i < 5; i++) {
      bs[i].x += dt * bs[i].vx;
      bs[i].y += dt * bs[i].vy;
      bs[i].z += dt * bs[i].vz;
    }
  }
  double e = 0;
  for (int i = 0; i < 5; i++) {
    struct body *b = &bs[i];
    e += .5 * b->m * (b->vx * b->vx + b->vy * b->vy + b->vz * b->vz);
    for (int j = i + 1; j < 5; j++) {
      struct body *c = &bs[j];
      double dx = b->x - c->x, dy = b->y - c->y, dz = b->z - c->z;
      e -= b->m * c->m / __builtin_sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}
