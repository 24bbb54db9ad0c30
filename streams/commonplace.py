"""What everybody names: tickers, sites and addresses that connect nobody who names them."""

from typing import Final

TICKERS: Final = frozenset(
    ("BTC", "ETH", "BNB", "SOL", "XRP", "USDT", "USDC", "USD", "DOGE", "ADA", "TRX", "TON")
)
HOSTS: Final = frozenset(
    (
        *("binance.com", "bybit.com", "coinbase.com", "kraken.com", "kucoin.com", "okx.com"),
        *("bscscan.com", "coingecko.com", "coinmarketcap.com", "dexscreener.com", "etherscan.io"),
        *("pancakeswap.finance", "pump.fun", "solscan.io", "tradingview.com", "uniswap.org"),
        *("discord.com", "discord.gg", "facebook.com", "instagram.com", "linkedin.com"),
        *("reddit.com", "t.me", "telegram.org", "tiktok.com", "twitter.com", "x.com"),
        *("apple.com", "github.com", "google.com", "medium.com", "wikipedia.org", "youtube.com"),
    )
)
"""Registered names whose front page says nothing of who links to it. Their pages do."""
SEARCHES: Final = frozenset(("/search", "/results", "/find", "/explore", "/hashtag"))
"""Paths of such sites where the query is all, and anybody's."""
QUERIES: Final = {
    "youtube.com": ("v", "list"),
    "facebook.com": ("story_fbid", "fbid", "v", "id"),
    "google.com": ("id",),
}
"""Fields of a query that name the page, by registered name; elsewhere the path does."""
ADDRESSES: Final = frozenset(
    (
        "0x0000000000000000000000000000000000000000",
        "0x000000000000000000000000000000000000dead",
        "0xdac17f958d2ee523a2206206994597c13d831ec7",  # USDT, Ethereum
        "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",  # USDC, Ethereum
        "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2",  # WETH, Ethereum
        "0x55d398326f99059ff775485246999027b3197955",  # USDT, BNB Chain
        "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c",  # WBNB, BNB Chain
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",  # USDT, Tron
        "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB",  # USDT, Solana
        "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkTkwyTDt1v",  # USDC, Solana
        "So11111111111111111111111111111111111111112",  # wrapped SOL
    )
)
"""Contracts that everybody deals in, and those that nobody owns; hexadecimal in small letters."""


def is_common_address(address: str) -> bool:
    """Tells whether an address is one that everybody names."""
    return (address.lower() if address[:2].lower() == "0x" else address) in ADDRESSES
