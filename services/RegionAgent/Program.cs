using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent;

// Its settings lie beside it, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddRegionAgent();
var app = builder.Build();
app.UseRegionAgent();
return await app.RunServiceAsync();
