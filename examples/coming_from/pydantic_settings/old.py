"""Settings by pydantic-settings."""

from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict


class Database(BaseModel):
    url: str
    pool_size: int


class App(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="APP_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
    )

    port: int = 8080
    tags: list[str] = []
    database: Database


app = App()
print(app.port, ",".join(app.tags), app.database.url, app.database.pool_size)
