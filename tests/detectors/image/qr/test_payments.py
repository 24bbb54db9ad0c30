import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.image.qr.payments import Payment, parse

BTC = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
EVM, OTHER = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8ba1f109551bD432803012645Ac136ddd64DBA72",
)
SOL = "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin"
TON = "EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N"
TRON = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"


@pytest.mark.parametrize(
    ("payload", "payment"),
    [
        (f"bitcoin:{BTC}", Payment("btc", BTC)),
        (
            f"BITCOIN:{BTC}?amount=0.1&label=Ann&message=double%20your+coins",
            Payment("btc", BTC, "0.1", "Ann\ndouble your coins"),
        ),
        (f"ethereum:{EVM}", Payment("evm", EVM)),
        (f"ethereum:pay-{EVM}@1?value=2e18", Payment("evm", EVM, "2e18")),
        (f"ethereum:{EVM}@56/transfer?address={OTHER}&uint256=5", Payment("evm", OTHER, "5")),
        (f"solana:{SOL}?amount=1&spl-token={SOL}", Payment("sol", SOL, "1")),
        (f"ton://transfer/{TON}?amount=9&text=hi", Payment("ton", TON, "9", "hi")),
        (f"tron:{TRON}", Payment("tron", TRON)),
    ],
)
def test_whom_it_pays(payload: str, payment: Payment) -> None:
    assert parse(payload) == payment


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "bitcoin:",
        "https://a.example",
        "solana:https%3A%2F%2Fa.example%2Fpay",
        "ton://x",
        "mailto:a@b",
    ],
)
def test_what_pays_nobody(payload: str) -> None:
    assert parse(payload) is None


@given(
    st.sampled_from(("bitcoin:", "ethereum:", "solana:", "ton:", "tron:")), st.text(max_size=200)
)
def test_nothing_raises(scheme: str, rest: str) -> None:
    parse(scheme + rest)


def test_too_many_fields_cost_the_fields_only() -> None:
    many = "&".join(f"f{n}=1" for n in range(99))
    assert parse(f"bitcoin:{BTC}?{many}&amount=1") == Payment("btc", BTC)
