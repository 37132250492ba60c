"""The programs of `programs/numeric.c`, as one writes them in Python."""

from __future__ import annotations

import math


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def sieve(n):
    flags = bytearray(b"\1" * (n + 1))
    count = 0
    for i in range(2, n + 1):
        if flags[i]:
            count += 1
            for k in range(i + i, n + 1, i):
                flags[k] = 0
    return count


def matmul(n):
    A = [0.0] * (n * n)
    B = [0.0] * (n * n)
    C = [0.0] * (n * n)
    for i in range(n):
        for j in range(n):
            A[i * n + j] = float(i + j)
            B[i * n + j] = float(i - j)
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += A[i * n + k] * B[k * n + j]
            C[i * n + j] = s
    return sum(C)


K = [
    0x428A2F98,
    0x71374491,
    0xB5C0FBCF,
    0xE9B5DBA5,
    0x3956C25B,
    0x59F111F1,
    0x923F82A4,
    0xAB1C5ED5,
    0xD807AA98,
    0x12835B01,
    0x243185BE,
    0x550C7DC3,
    0x72BE5D74,
    0x80DEB1FE,
    0x9BDC06A7,
    0xC19BF174,
    0xE49B69C1,
    0xEFBE4786,
    0x0FC19DC6,
    0x240CA1CC,
    0x2DE92C6F,
    0x4A7484AA,
    0x5CB0A9DC,
    0x76F988DA,
    0x983E5152,
    0xA831C66D,
    0xB00327C8,
    0xBF597FC7,
    0xC6E00BF3,
    0xD5A79147,
    0x06CA6351,
    0x14292967,
    0x27B70A85,
    0x2E1B2138,
    0x4D2C6DFC,
    0x53380D13,
    0x650A7354,
    0x766A0ABB,
    0x81C2C92E,
    0x92722C85,
    0xA2BFE8A1,
    0xA81A664B,
    0xC24B8B70,
    0xC76C51A3,
    0xD192E819,
    0xD6990624,
    0xF40E3585,
    0x106AA070,
    0x19A4C116,
    0x1E376C08,
    0x2748774C,
    0x34B0BCB5,
    0x391C0CB3,
    0x4ED8AA4A,
    0x5B9CCA4F,
    0x682E6FF3,
    0x748F82EE,
    0x78A5636F,
    0x84C87814,
    0x8CC70208,
    0x90BEFFFA,
    0xA4506CEB,
    0xBEF9A3F7,
    0xC67178F2,
]
M = 0xFFFFFFFF


def ror(x, n):
    return (x >> n | x << 32 - n) & M


def sha256(n):
    msg = bytes(i & 255 for i in range(n))
    H = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
    msg += b"\x80"
    msg += b"\0" * ((56 - len(msg)) % 64) + (n * 8).to_bytes(8, "big")
    for p in range(0, len(msg), 64):
        W = [int.from_bytes(msg[p + 4 * i : p + 4 * i + 4], "big") for i in range(16)]
        for i in range(16, 64):
            x = W[i - 15]
            y = W[i - 2]
            s0 = ror(x, 7) ^ ror(x, 18) ^ x >> 3
            s1 = ror(y, 17) ^ ror(y, 19) ^ y >> 10
            W.append((W[i - 16] + s0 + W[i - 7] + s1) & M)
        a, b, c, d, e, f, g, h = H
        for i in range(64):
            S1 = ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)
            ch = (e & f) ^ (~e & g)
            t1 = h + S1 + ch + K[i] + W[i]
            S0 = ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)
            mj = (a & b) ^ (a & c) ^ (b & c)
            t2 = S0 + mj
            h = g
            g = f
            f = e
            e = (d + t1) & M
            d = c
            c = b
            b = a
            a = (t1 + t2) & M
        H = [(x + y) & M for x, y in zip(H, (a, b, c, d, e, f, g, h), strict=True)]
    return H[0]


SM = 4 * math.pi**2
DP = 365.24
BODIES = [
    [0, 0, 0, 0, 0, 0, SM],
    [
        4.84143144246472090e00,
        -1.16032004402742839e00,
        -1.03622044471123109e-01,
        1.66007664274403694e-03 * DP,
        7.69901118419740425e-03 * DP,
        -6.90460016972063023e-05 * DP,
        9.54791938424326609e-04 * SM,
    ],
    [
        8.34336671824457987e00,
        4.12479856412430479e00,
        -4.03523417114321381e-01,
        -2.76742510726411899e-03 * DP,
        4.99852801234917238e-03 * DP,
        2.30417297573763929e-05 * DP,
        2.85885980666130812e-04 * SM,
    ],
    [
        1.28943695621391310e01,
        -1.51111514016986312e01,
        -2.23307578892655734e-01,
        2.96460137564761618e-03 * DP,
        2.37847173959480950e-03 * DP,
        -2.96589568540237556e-05 * DP,
        4.36624404335156298e-05 * SM,
    ],
    [
        1.53796971148509165e01,
        -2.59193146099879641e01,
        1.79258772950371181e-01,
        2.68067772490389322e-03 * DP,
        1.62824170038242295e-03 * DP,
        -9.51592254519715870e-05 * DP,
        5.15138902046611451e-05 * SM,
    ],
]


class B:
    def __init__(s, v):
        s.x, s.y, s.z, s.vx, s.vy, s.vz, s.m = map(float, v)


def nbody(n):
    bs = [B(v) for v in BODIES]
    px = py = pz = 0.0
    for b in bs:
        px += b.vx * b.m
        py += b.vy * b.m
        pz += b.vz * b.m
    bs[0].vx = -px / SM
    bs[0].vy = -py / SM
    bs[0].vz = -pz / SM
    dt = 0.01
    sqrt = math.sqrt
    for _ in range(n):
        for i in range(5):
            b = bs[i]
            for j in range(i + 1, 5):
                c = bs[j]
                dx = b.x - c.x
                dy = b.y - c.y
                dz = b.z - c.z
                d2 = dx * dx + dy * dy + dz * dz
                mag = dt / (d2 * sqrt(d2))
                b.vx -= dx * c.m * mag
                b.vy -= dy * c.m * mag
                b.vz -= dz * c.m * mag
                c.vx += dx * b.m * mag
                c.vy += dy * b.m * mag
                c.vz += dz * b.m * mag
        for b in bs:
            b.x += dt * b.vx
            b.y += dt * b.vy
            b.z += dt * b.vz
    e = 0.0
    for i in range(5):
        b = bs[i]
        e += 0.5 * b.m * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
        for j in range(i + 1, 5):
            c = bs[j]
            dx = b.x - c.x
            dy = b.y - c.y
            dz = b.z - c.z
            e -= b.m * c.m / sqrt(dx * dx + dy * dy + dz * dz)
    return e
